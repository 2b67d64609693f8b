"""Image engines: one function each, and the line in `Engines` that selects it."""

from importlib.util import find_spec

from dependency_injector import containers, providers

from domain.image_headers.budget import DecodeLimits
from domain.media_types import HEIC_TYPES, IMAGE_TYPES_TAKEN
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Engine

_FILMS = "adapters.ffmpeg.engine:FfmpegEngine"


def _sandboxed(settings: Settings, engine: str, version: str, reads: frozenset[str]) -> Engine:
    from adapters.sandbox.examiner import SandboxedExaminer
    from adapters.sandbox.limits import DecoderLimits
    from adapters.sandbox.transformer import SandboxedTransformer

    limits = DecoderLimits(
        wall_seconds=settings.render_timeout,
        picture=DecodeLimits(max_pixels=settings.max_pixels, max_side=settings.max_side),
    )
    # What lies in a local store is opened in place from a folder on its disk; what travels anyway lies where the system
    # keeps such things.
    scratch = settings.data_dir / "decoders" if settings.store == "filesystem" else None
    transformer = SandboxedTransformer(engine, settings.concurrency, limits, scratch=scratch)
    examiner = SandboxedExaminer(_FILMS, settings.concurrency, limits, scratch=scratch)
    return Engine(transformer, version, reads, examiner, held=(transformer, examiner))


def vips(settings: Settings) -> Engine:
    """libvips, in processes of its own."""
    from adapters.vips.version import engine_version

    # The wheel of libvips has no HEVC; a package of its own does, where it is installed (`darkroom[heic]`).
    reads = IMAGE_TYPES_TAKEN | HEIC_TYPES if find_spec("pillow_heif") else IMAGE_TYPES_TAKEN
    return _sandboxed(settings, "adapters.vips.engine:VipsEngine", engine_version(), reads)


def imagemagick(settings: Settings) -> Engine:
    """ImageMagick, in processes of its own."""
    from adapters.imagemagick.version import engine_version

    return _sandboxed(
        settings, "adapters.imagemagick.engine:WandEngine", engine_version(), IMAGE_TYPES_TAKEN | HEIC_TYPES
    )


class Engines(containers.DeclarativeContainer):
    """The engine that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    selected = providers.Selector(
        settings.provided.image_engine,
        vips=providers.Singleton(vips, settings),
        imagemagick=providers.Singleton(imagemagick, settings),
    )
