"""exiftool, asked about one file after the other; runs inside a decoder process, confined like it."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adapters.exiftool.answers import QUESTIONS, facts_of
from domain.image_headers.budget import DecodeLimits

LONGEST_ANSWER = 256 * 1024
_END = b"{ready}"
# No configuration of anybody's, which is a program; and questions come one by one through a pipe.
_ARGUMENTS = ("-config", "", "-stay_open", "True", "-@", "-")
# In these containers it is the number of a stream.
_OTHERS = ("--Matroska:TrackNumber",)
_ALWAYS = ("-json", "-charset", "UTF8", "-api", "LargeFileSupport=1", *_OTHERS)


class ExiftoolEngine:
    """Blocks. `programs` is what must be allowed to run when it begins; afterwards nothing more is started."""

    def __init__(self, limits: DecodeLimits) -> None:
        del limits  # no pixel is decoded here
        found = shutil.which("exiftool")
        if found is None:
            raise FileNotFoundError("exiftool is not installed")
        self._program = found
        self.programs = tuple(_with_interpreters(Path(found)))
        self.folders = [Path(found).resolve().with_name("lib"), *_libraries_of_perl()]

    def begin(self, confine: Callable[[], object]) -> None:
        """Start it; `confine` is called where it will run, right before it does."""
        self._running = subprocess.Popen(  # noqa: S603  words of our own
            [self._program, *_ARGUMENTS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            preexec_fn=confine,  # noqa: PLW1509  there is one thread here
        )
        if self._answer([]) != b"":
            raise RuntimeError("exiftool greets with more than nothing")

    def read(self, source: Path, mime_type: str) -> Mapping[str, Any]:
        """The facts in it, by our names."""
        # A name of ours, made a path so that it cannot be taken for an option whatever it is.
        said = self._answer([*_ALWAYS, *QUESTIONS, f"./{source}"])
        try:
            # Numbers stay as they are written: what looks like one may be a title.
            (told,) = json.loads(said, parse_int=str, parse_float=str, parse_constant=str) if said else ({},)
        except ValueError:
            return {}
        return facts_of(told, mime_type) if isinstance(told, dict) else {}

    def _answer(self, words: list[str]) -> bytes:
        """Without exiftool this process is of no use: it ends, and another one takes its place."""
        questions, answers = self._running.stdin, self._running.stdout
        if questions is None or answers is None:
            raise SystemExit(1)
        try:
            questions.write("\n".join([*words, "-execute\n"]).encode())
            questions.flush()
        except OSError as error:
            raise SystemExit(1) from error
        said = b""
        while (line := answers.readline(LONGEST_ANSWER)).rstrip() != _END:
            said += line
            if not line or len(said) > LONGEST_ANSWER:
                raise SystemExit(1)
        return said


def _with_interpreters(program: Path) -> list[Path]:
    """A script runs through what its first line names."""
    with program.open("rb") as script:
        first = script.readline(200)
    named = first.removeprefix(b"#!").decode(errors="replace").split() if first.startswith(b"#!") else []
    perl = shutil.which("perl")
    return [program.resolve(), *map(Path, named[:1]), *([Path(perl)] if perl else [])]


def _libraries_of_perl() -> list[Path]:
    perl = shutil.which("perl")
    if perl is None:
        return []
    told = subprocess.run([perl, "-e", 'print join "\\0", @INC'], capture_output=True, check=True, text=True)  # noqa: S603
    return [Path(folder) for folder in told.stdout.split("\0") if Path(folder).is_absolute()]
