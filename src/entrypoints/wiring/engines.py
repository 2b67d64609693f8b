"""Image engines: one function each, and the line in `Engines` that selects it."""

from importlib.util import find_spec
from shutil import which

from dependency_injector import containers, providers

from application.media.well_read_examiner import WellReadExaminer
from application.ports.measures import Measures
from domain.image_headers.budget import DecodeLimits
from domain.media_types import HEIC_TYPES, IMAGE_TYPES_TAKEN
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Engine

MOST_READERS = 2
_FILMS = "adapters.ffmpeg.engine:FfmpegEngine"
_EXIFTOOL = "adapters.exiftool.engine:ExiftoolEngine"


def _sandboxed(settings: Settings, measures: Measures, engine: str, version: str, reads: frozenset[str]) -> Engine:
    from adapters.sandbox.examiner import SandboxedExaminer
    from adapters.sandbox.limits import DecoderLimits
    from adapters.sandbox.reader import READING, SandboxedReader
    from adapters.sandbox.transformer import SandboxedTransformer

    limits = DecoderLimits(
        wall_seconds=settings.render_timeout,
        picture=DecodeLimits(max_pixels=settings.max_pixels, max_side=settings.max_side),
    )
    # What lies in a local store is opened in place from a folder on its disk; what travels anyway lies where the system
    # keeps such things.
    scratch = settings.data_dir / "decoders" if settings.store == "filesystem" else None
    transformer = SandboxedTransformer(engine, settings.concurrency, limits, scratch=scratch, measures=measures)
    examiner = SandboxedExaminer(_FILMS, settings.concurrency, limits, scratch=scratch, measures=measures)
    if settings.metadata_reader == "builtin" or which("exiftool") is None:
        return Engine(transformer, version, reads, examiner, held=(transformer, examiner))
    reader = SandboxedReader(
        _EXIFTOOL, min(settings.concurrency, MOST_READERS), READING, scratch=scratch, measures=measures
    )
    well_read = WellReadExaminer(examiner, reader)
    return Engine(transformer, version, reads, well_read, reader, held=(transformer, examiner, reader))


def vips(settings: Settings, measures: Measures) -> Engine:
    """libvips, in processes of its own."""
    from adapters.vips.version import engine_version

    # The wheel of libvips has no HEVC; a package of its own does, where it is installed (`darkroom-media[heic]`).
    reads = IMAGE_TYPES_TAKEN | HEIC_TYPES if find_spec("pillow_heif") else IMAGE_TYPES_TAKEN
    return _sandboxed(settings, measures, "adapters.vips.engine:VipsEngine", engine_version(), reads)


def imagemagick(settings: Settings, measures: Measures) -> Engine:
    """ImageMagick, in processes of its own."""
    from adapters.imagemagick.version import engine_version

    return _sandboxed(
        settings, measures, "adapters.imagemagick.engine:WandEngine", engine_version(), IMAGE_TYPES_TAKEN | HEIC_TYPES
    )


class Engines(containers.DeclarativeContainer):
    """The engine that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    measures: providers.Dependency[Measures] = providers.Dependency()
    selected = providers.Selector(
        settings.provided.image_engine,
        vips=providers.Singleton(vips, settings, measures),
        imagemagick=providers.Singleton(imagemagick, settings, measures),
    )
