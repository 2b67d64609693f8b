"""A folder of one's own, and the program in it."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.logs import configure_logs
from tests.unit.entrypoints.cli.typed import Answer, Darkroom, typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where everything is kept."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path


@pytest.fixture
def darkroom(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Darkroom]:
    """Type `darkroom …`."""

    def run(*words: str, stdin: str = "", **settings: str) -> Answer:
        with monkeypatch.context() as patch:
            for name, value in settings.items():
                patch.setenv(name, value)
            return typed(capsys, patch, list(words), stdin)

    # A program takes these signals for itself.
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield run
    for number, handler in before.items():
        signal.signal(number, handler)
    configure_logs("text", "error", stream=sys.__stderr__.buffer)  # what stands in for it now is closed soon
