"""Image engines: one function each, and the line in `Engines` that selects it."""

from collections.abc import Mapping
from importlib.util import find_spec
from math import ceil
from pathlib import Path
from shutil import which
from typing import NamedTuple

from dependency_injector import containers, providers

from application.media.well_read_examiner import WellReadExaminer
from application.ports.measures import Measures
from domain.image_headers.budget import DecodeLimits
from domain.media_types import HEIC_TYPES, IMAGE_TYPES_TAKEN
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Engine
from entrypoints.wiring.walls import Walls, WallsChecked, walls_here

MOST_READERS = 2
_FILMS = "adapters.ffmpeg.engine:FfmpegEngine"
_EXIFTOOL = "adapters.exiftool.engine:ExiftoolEngine"


def _sandboxed(
    settings: Settings, measures: Measures, walls: Walls, engine: str, version: str, reads: frozenset[str]
) -> Engine:
    from adapters.sandbox.examiner import SandboxedExaminer
    from adapters.sandbox.limits import DecoderLimits
    from adapters.sandbox.reader import READING, SandboxedReader
    from adapters.sandbox.transformer import SandboxedTransformer

    limits = DecoderLimits(
        wall_seconds=settings.render_timeout,
        # Encoders may use a second thread; whoever burns more than that is not waited for.
        cpu_seconds=ceil(2 * settings.render_timeout),
        picture=DecodeLimits(max_pixels=settings.max_pixels, max_side=settings.max_side),
    )
    # What lies in a local store is opened in place from a folder on its disk; what travels anyway lies where the system
    # keeps such things.
    scratch = settings.data_dir / "decoders" if settings.store == "filesystem" else None
    kept = _Kept(scratch, measures, settings.walls_required, private_places(settings))
    transformer = SandboxedTransformer(engine, settings.concurrency, limits, **kept._asdict())
    examiner = SandboxedExaminer(_FILMS, settings.concurrency, limits, **kept._asdict())
    checked = WallsChecked(walls, settings.walls_required)
    if settings.metadata_reader == "builtin" or which("exiftool") is None:
        return Engine(transformer, version, reads, examiner, walls=walls, held=(checked, transformer, examiner))
    reader = SandboxedReader(_EXIFTOOL, min(settings.concurrency, MOST_READERS), READING, **kept._asdict())
    well_read = WellReadExaminer(examiner, reader)
    return Engine(transformer, version, reads, well_read, reader, walls, held=(checked, transformer, examiner, reader))


class _Kept(NamedTuple):
    """How all of them are kept."""

    scratch: Path | None
    measures: Measures
    required: bool
    private: Mapping[str, Path]


def private_places(settings: Settings) -> dict[str, Path]:
    """Where secrets and other people's pictures lie, by the settings that say so."""
    places = {
        "DATA_DIR": settings.data_dir,
        "MEDIA_STORAGE_DIR": settings.blobs_dir if settings.store == "filesystem" else None,
        "DATABASE_DIR": settings.database_folder,
    }
    return {name: place for name, place in places.items() if place is not None}


def vips(settings: Settings, measures: Measures, walls: Walls) -> Engine:
    """libvips, in processes of its own."""
    from adapters.vips.version import engine_version

    # The wheel of libvips has no HEVC; a package of its own does, where it is installed (`darkroom-media[heic]`).
    reads = IMAGE_TYPES_TAKEN | HEIC_TYPES if find_spec("pillow_heif") else IMAGE_TYPES_TAKEN
    return _sandboxed(settings, measures, walls, "adapters.vips.engine:VipsEngine", engine_version(), reads)


def imagemagick(settings: Settings, measures: Measures, walls: Walls) -> Engine:
    """ImageMagick, in processes of its own."""
    from adapters.imagemagick.version import engine_version

    return _sandboxed(
        settings,
        measures,
        walls,
        "adapters.imagemagick.engine:WandEngine",
        engine_version(),
        IMAGE_TYPES_TAKEN | HEIC_TYPES,
    )


class Engines(containers.DeclarativeContainer):
    """The engine that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    measures: providers.Dependency[Measures] = providers.Dependency()
    walls = providers.Callable(walls_here)
    selected = providers.Selector(
        settings.provided.image_engine,
        vips=providers.Singleton(vips, settings, measures, walls),
        imagemagick=providers.Singleton(imagemagick, settings, measures, walls),
    )
