"""Darkroom with something wrong in it, run as a program of its own.

serve, worker …   the usual command, with the ODDITY named by the environment
brood             an API for each line read, with the oddity that stands there
rounds            sweep again and again, with GRACE in seconds, shorter than operators can choose

dies of gif       the worker is killed whenever it is to render a GIF
engine NAME       pictures are rendered by one of the hostile engines
dies at STEP      the API is killed at this step of an upload: its number, or its name
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, NoReturn

from adapters.filesystem.blobs import FilesystemBlobs
from adapters.minio.blobs import MinioBlobs
from adapters.sandbox.transformer import SandboxedTransformer
from adapters.sql.store import SqlUnitOfWork
from entrypoints.cli.main import main
from entrypoints.settings import load_settings
from tests.integration.faults.places import sweeping
from tests.servers.process import end_with

BROOD, ROUNDS = "brood", "rounds"


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise SystemExit


class DeadlySteps:
    """Counts what an upload comes through, and ends it all at one of the steps."""

    def __init__(self, fatal: str) -> None:
        self.fatal, self.seen = fatal, 0

    def __call__(self, name: str) -> None:
        if self.fatal in {name, str(self.seen)}:
            die()
        self.seen += 1

    def lay(self) -> None:
        """Put the steps where rows and bytes are written."""
        steps, commits = self, iter(("pending row", "visible row", *map("row {}".format, range(100))))
        commit = SqlUnitOfWork.commit

        async def stepping(unit: SqlUnitOfWork) -> None:
            which = next(commits)
            steps(f"before {which}")
            await commit(unit)
            steps(f"after {which}")

        SqlUnitOfWork.commit = stepping  # type: ignore[method-assign]
        for store in (FilesystemBlobs, MinioBlobs):
            self._lay_in(store)

    def _lay_in(self, store: Any) -> None:
        steps, put = self, store.put

        async def stepping(blobs: Any, key: str, chunks: AsyncIterator[bytes], **options: Any) -> Any:
            steps("before blob")
            info = await put(blobs, key, passing(chunks), **options)
            steps("after blob")
            return info

        async def passing(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
            async for chunk in chunks:
                steps("in blob")
                yield chunk
            steps("end of blob")

        store.put = stepping


def poison(mime_type: str) -> None:
    """Whoever renders such a picture dies."""
    render = SandboxedTransformer.render

    def deadly(self: SandboxedTransformer, source: Any, kind: str, *rest: Any, **options: Any) -> Any:
        if kind == mime_type:
            die()
        return render(self, source, kind, *rest, **options)

    SandboxedTransformer.render = deadly  # type: ignore[method-assign]


def hostile(engine: str) -> None:
    """Another engine than the settings say."""
    begin = SandboxedTransformer.__init__

    def other(self: SandboxedTransformer, name: str, *rest: Any, **options: Any) -> None:
        begin(self, f"tests.unit.adapters.hostile_engines:{engine}", *rest, **options)

    SandboxedTransformer.__init__ = other  # type: ignore[method-assign]


def become_odd(oddity: str) -> None:
    what, _, which = oddity.partition(" ")
    match what:
        case "dies" if which == "of gif":
            poison("image/gif")
        case "dies":
            DeadlySteps(which.removeprefix("at ")).lay()
        case "engine":
            hostile(which)


def brood() -> None:
    """For each line `ODDITY` hatch an API that has it, and say how it ended; loading a program takes its time."""
    for line in sys.stdin:
        mother = os.getpid()
        child = os.fork()
        if not child:
            end_with(mother)
            sys.argv = ["darkroom", "serve"]
            become_odd(line.strip())
            main()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"ended {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


async def sweep_again_and_again() -> None:
    """Say so each time."""
    async with sweeping(load_settings(), float(os.environ["GRACE"])) as sweep:
        while True:
            sys.stdout.write(f"swept {await sweep()}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [name] if name == BROOD:
            brood()
        case [name] if name == ROUNDS:
            asyncio.run(sweep_again_and_again())
        case _:
            become_odd(os.environ["ODDITY"])
            main()
