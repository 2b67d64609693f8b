"""Programs of their own that make the same variants of the same photos, each time they are told to."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.processes import spending
from bench.turns import Spent
from domain.variants import DEFAULT_EFFORT, DEFAULT_QUALITY, VariantSpec
from tests.integration.stories.running import environment

ROOT = Path(__file__).resolve().parents[1]


class Loop:
    """One that is running; one line in and one line out, for each round."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        self.pid = child.pid
        self.bytes = 0
        self._child = child
        self.versions: dict[str, str] = self._answer()

    def go(self) -> Spent:
        """Every variant of every photo."""
        return spending(self.pid, self._round)

    def _round(self) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write("\n")
        self._child.stdin.flush()
        self.bytes = self._answer()["bytes"]

    def _answer(self) -> dict[str, Any]:
        assert self._child.stdout is not None
        told: dict[str, Any] = json.loads(self._child.stdout.readline() or '{"failed": "it died"}')
        if "failed" in told:
            raise RuntimeError(told["failed"])
        return told


@contextmanager
def loop(argv: Sequence[str], photos: Sequence[Path], specs: Mapping[str, VariantSpec]) -> Iterator[Loop]:
    """A program that was told what to make of what."""
    job = json.dumps({"photos": [str(photo) for photo in photos], "variants": plain(specs)})
    with subprocess.Popen(
        [*argv, job],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        env={**environment({}), "MALLOC_ARENA_MAX": "2"},
    ) as child:
        try:
            yield Loop(child)
        finally:
            assert child.stdin is not None
            child.stdin.close()


def plain(specs: Mapping[str, VariantSpec]) -> dict[str, dict[str, Any]]:
    """The same for those who do not know our defaults, so that everybody makes the same pictures."""
    return {
        name: {
            "format": str(spec.format),
            "width": spec.width,
            "height": spec.height,
            "fit": str(spec.fit),
            "quality": spec.quality or DEFAULT_QUALITY[spec.format],
            "effort": spec.effort or DEFAULT_EFFORT,
        }
        for name, spec in specs.items()
    }


def python(module: str, *arguments: str) -> list[str]:
    """A module of ours as a program."""
    return [sys.executable, "-m", module, *arguments]
