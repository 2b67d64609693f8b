"""What a picture costs from its upload to its stored variants: CPU of worker and decoders against the engine alone."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from uuid import UUID

from adapters.vips.engine import VipsEngine
from adapters.vips.library import pyvips
from application.ports.image_transformer import Order, Rendered
from application.uploads.incoming import Upload
from bench.telling import tell
from domain.access import EVERYTHING, KeyCaller, KeyScope
from domain.media import FileStatus
from domain.projects import Project
from domain.settings import read_settings
from entrypoints.settings import Settings, load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened
from tests.integration.stories.running import darkroom, process

TARGET = 1 / 0.90  # at least 0.90 of the pictures that the same CPU makes without us
PHOTOS = 6
ROUNDS = 5
TICKS = os.sysconf("SC_CLK_TCK")
VARIANTS = {
    "thumb": {"format": "webp", "width": 150, "height": 150, "fit": "cover", "quality": 80},
    "medium": {"format": "webp", "width": 800},
    "hero-avif": {"format": "avif", "width": 1600, "quality": 70},
}
"""What Media Blob Kit's readme gives as its example."""


def main() -> int:
    """Measure both in turn on the same photos, so that whatever else the machine does meets both."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        photos = [draw(folder / f"{number}.jpg", number) for number in range(PHOTOS)]
        settings = {"DATA_DIR": f"{name}/data", "POLL_INTERVAL": "0.5", "WORKER_CONCURRENCY": "1"}
        darkroom("migrate", settings=settings, folder=folder)
        with process("worker", settings=settings, folder=folder) as worker:
            rows = asyncio.run(rounds(load_settings(DATA_DIR=f"{name}/data"), photos, worker.pid))
    ratio = median(ours / alone for ours, alone in zip(*rows.values(), strict=True))
    told = {title: [median(values)] for title, values in rows.items()}
    return tell("pipeline", "ms of CPU a picture", told, ratio=ratio, target=TARGET)


async def rounds(settings: Settings, photos: list[Path], worker: int) -> dict[str, list[float]]:
    """Milliseconds of CPU for each picture, in each round."""
    room = Darkroom(settings=settings)
    rows: dict[str, list[float]] = {"the whole path": [], "the engine in a loop": []}
    async with opened([*room.database().held, *room.blobs().held]):
        project = await new_project(room)
        for turn in range(ROUNDS + 1):
            spent = await whole_path(room, project, photos, worker), await asyncio.to_thread(engine_alone, photos)
            if turn:  # the first warms up
                for row, seconds in zip(rows.values(), spent, strict=True):
                    row.append(seconds / len(photos) * 1e3)
    return rows


async def whole_path(room: Darkroom, project: Project, photos: list[Path], worker: int) -> float:
    """CPU of the worker and its decoders until every variant of these uploads lies in the store."""
    before = cpu_of_tree(worker)
    caller = KeyCaller(project.id, project.id, frozenset(KeyScope))
    waiting = {(await room.media().upload_image()(caller, sent(photo))).id for photo in photos}
    while waiting:
        await asyncio.sleep(0.1)
        waiting = {file_id for file_id in waiting if not await ready(room, file_id)}
    await asyncio.sleep(0.2)
    return cpu_of_tree(worker) - before


def engine_alone(photos: list[Path]) -> float:
    """CPU of the same variants made here, one photo after the other."""
    engine, specs = VipsEngine(), read_settings({"variants": VARIANTS}).variants
    orders = [Order(name, spec) for name, spec in specs.items()]
    before = time.process_time()
    with TemporaryDirectory() as name:
        for photo in photos:
            made = [*engine.render(photo, "image/jpeg", orders, Path(name))]
            if sum(isinstance(result, Rendered) for result in made) != len(orders):
                raise RuntimeError(f"not every variant was made: {made}")
    return time.process_time() - before


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


def draw(path: Path, seed: int) -> Path:
    """Twelve megapixels with light, edges and noise, about as large as a camera would write them."""
    x, y = (pyvips.Image.xyz(4000, 3000).bandsplit()[axis] for axis in (0, 1))
    light = ((x / (300 + 40 * seed)).math("sin") + (y / 170).math("cos")) * 45 + 120
    edges = ((x / 53 + y / (31 + seed)).math("sin") > 0.3).ifthenelse(30, 0)
    noise = pyvips.Image.gaussnoise(4000, 3000, sigma=9, seed=seed)
    bands = [light + edges * weight + noise for weight in (1, 0.5, -1)]
    bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb").jpegsave(str(path), Q=90)
    return path


def cpu_of_tree(root: int) -> float:
    """Seconds of CPU of a process and all below it, those that have ended included."""
    return sum(sum(map(int, fields[11:15])) for fields in tree(root)) / TICKS


def tree(root: int) -> Iterator[list[str]]:
    """What the kernel tells of a process and of its children, theirs, and so on."""
    told = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
    family = {root}
    while found := {pid for pid, fields in told.items() if int(fields[1]) in family} - family:
        family |= found
    yield from (told[pid] for pid in family)


if __name__ == "__main__":
    sys.exit(main())
