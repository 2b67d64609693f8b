"""`darkroom`, typed."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from entrypoints.cli.main import main


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The one line that says why it did not work."""
        assert self.code == 1, self
        (line,) = self.err.splitlines()
        assert line.startswith("darkroom: ")
        return line


Darkroom = Callable[..., Answer]


def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: list[str], stdin: str) -> Answer:
    """Run the program in this process."""
    monkeypatch.setattr(sys, "argv", ["darkroom", *words])
    monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    capsys.readouterr()
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    else:
        code = 0
    said = capsys.readouterr()
    return Answer(code, said.out, said.err)
