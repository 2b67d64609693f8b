"""What a picture costs from its upload to its stored variants: CPU of worker and decoders against the engine alone.

Beside it sharp from npm, which makes the same variants the usual way, one pipeline for each, and stores nothing.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from application.uploads.incoming import Upload
from bench.engine import engine_loop
from bench.loops import loop
from bench.peers import NoPeer, sharp_installed
from bench.photos import VARIANTS, some_photos, specs
from bench.processes import spending
from bench.telling import skip, tell
from bench.turns import Spent, in_turn
from domain.access import EVERYTHING, KeyCaller, KeyScope
from domain.media import FileStatus
from domain.projects import Project
from domain.settings import read_settings
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened
from tests.integration.stories.running import darkroom, process

TARGET = 1 / 0.90  # at least 0.90 of the pictures that the same CPU makes without us
PHOTOS = 4
ROUNDS = 5
SETTLING = 0.2  # seconds for what the worker writes down after the last variant
OURS, ENGINE, SHARP = "the whole path", "the engine in a loop", "sharp in a loop"


def main() -> int:
    """Measure all in turn on the same photos."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        photos = some_photos(folder, PHOTOS)
        loops = {ENGINE: running.enter_context(engine_loop("vips", photos))}
        try:
            loops[SHARP] = running.enter_context(loop(sharp(), photos, specs()))
        except NoPeer as absent:
            skip("pipeline, sharp", str(absent))
        ours = running.enter_context(whole_path(folder, photos))
        rounds = in_turn({OURS: ours, **{name: each.go for name, each in loops.items()}}, ROUNDS)
    rows, spent, missed = rounds.rows(times=1e3 / PHOTOS), rounds.spent(), 0
    for title, peer, target in (("pipeline", ENGINE, TARGET), ("pipeline, sharp", SHARP, None)):
        if peer in loops:
            missed |= tell(
                title,
                "ms of CPU a picture",
                {name: rows[name] for name in (OURS, peer)},
                ratio=rounds.ratio(OURS, peer),
                target=target,
                spent=spent,
                versions=loops[ENGINE].versions | loops[peer].versions,
            )
    return missed


def sharp() -> Sequence[str]:
    """The program that makes them with sharp; or `NoPeer`."""
    return "node", "bench/sharp.mjs", str(sharp_installed())


@contextmanager
def whole_path(folder: Path, photos: Sequence[Path]) -> Iterator[Callable[[], Spent]]:
    """What worker and decoders spend until every variant of all these photos lies in the store."""
    settings = {"DATA_DIR": f"{folder}/data", "POLL_INTERVAL": "0.5", "WORKER_CONCURRENCY": "1"}
    darkroom("migrate", settings=settings, folder=folder)
    with process("worker", settings=settings, folder=folder) as worker, asyncio.Runner() as runner:
        room = Darkroom(settings=load_settings(DATA_DIR=f"{folder}/data"))
        held = AsyncExitStack()
        runner.run(held.enter_async_context(opened([*room.database().held, *room.blobs().held])))
        try:
            project = runner.run(new_project(room))

            def go() -> Spent:
                spent = spending(worker.pid, lambda: runner.run(all_made(room, project, photos)))
                return replace(spent, wall=spent.wall - SETTLING)

            yield go
        finally:
            runner.run(held.aclose())


async def all_made(room: Darkroom, project: Project, photos: Sequence[Path]) -> None:
    """Upload them and wait."""
    caller = KeyCaller(project.id, project.id, frozenset(KeyScope))
    waiting = {(await room.media().upload_image()(caller, sent(photo))).id for photo in photos}
    while waiting:
        await asyncio.sleep(0.05)
        waiting = {file_id for file_id in waiting if not await ready(room, file_id)}
    await asyncio.sleep(SETTLING)


async def new_project(room: Darkroom) -> Project:
    """A project that wants the variants."""
    now, ids = room.clock().now(), room.ids()
    project = Project(ids.new(), ids.new(), "bench", "bench", now, now, settings=read_settings({"variants": VARIANTS}))
    async with room.database().store.begin() as unit:
        await unit.projects.add(project)
        await unit.commit()
    return project


async def ready(room: Darkroom, file_id: UUID) -> bool:
    """Whether all variants are there."""
    view = await room.database().files.get(EVERYTHING, file_id)
    if view is None or view.file.status is FileStatus.FAILED:
        raise RuntimeError(f"the picture failed: {view}")
    return view.file.status is FileStatus.READY


def sent(photo: Path) -> Upload:
    """A photo as it comes in."""

    async def chunks() -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(photo.read_bytes)

    return Upload(photo.name, "image/jpeg", chunks())


if __name__ == "__main__":
    sys.exit(main())
