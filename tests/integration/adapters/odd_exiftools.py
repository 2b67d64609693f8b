"""Engines around a real exiftool that a file has taken over, as far as anybody outside can tell."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.exiftool.engine import ExiftoolEngine


class Curious(ExiftoolEngine):
    """Asks for other files than the one it was given; the names of two stand in that one's first lines."""

    def read(self, source: Path, mime_type: str) -> Mapping[str, Any]:
        other, written = Path(source).read_bytes().decode("latin-1").splitlines()[:2]
        match mime_type:
            case "text/pid":
                return {"iso": self._running.pid}
            case "text/itself":
                # With the lines before it, it is no picture any more: cut out what is.
                body = Path(source).read_bytes()
                Path("out/cut").write_bytes(body[body.index(b"\xff\xd8") :])
                return self._told("out/cut")
            case "text/other":
                return self._told(other)
            case "text/writing":
                self._answer(["-o", written, "-Artist=me", "out/cut"])
                return {}
            case _:
                return {}

    def _told(self, name: str) -> Mapping[str, Any]:
        return {"camera_make": "Maker"} if b"Maker" in self._answer(["-json", "-Make", name]) else {}


class Escapes(ExiftoolEngine):
    """Around a program that tells, whatever it is asked, which of its attempts to get away were refused."""

    def read(self, source: Path, mime_type: str) -> Mapping[str, Any]:
        return {"iso": self._running.pid, "lens": self._answer(["tell"]).decode()}


class Misbehaves(ExiftoolEngine):
    """Hangs, dies or never stops talking where it is asked to."""

    def read(self, source: Path, mime_type: str) -> Mapping[str, Any]:
        match mime_type:
            case "text/pid":
                return {"iso": self._running.pid}
            case "text/hang":
                # No more is asked, so that no end of an answer ever comes.
                assert self._running.stdout is not None
                self._running.stdout.readline()
            case "text/die":
                assert self._running.stdin is not None
                self._running.stdin.write(b"-stay_open\nFalse\n")
                return super().read(source, "image/jpeg")
            case "text/flood":
                self._answer([word for _ in range(40_000) for word in ("-json", "-all", "./source", "-execute1")])
        return super().read(source, mime_type)
