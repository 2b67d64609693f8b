"""Image engines: one function each, and the line in `Engines` that selects it."""

from dependency_injector import containers, providers

from domain.image_headers.budget import DecodeLimits
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Engine


def _sandboxed(settings: Settings, engine: str, version: str) -> Engine:
    from adapters.sandbox.limits import DecoderLimits
    from adapters.sandbox.transformer import SandboxedTransformer

    limits = DecoderLimits(
        wall_seconds=settings.render_timeout,
        picture=DecodeLimits(max_pixels=settings.max_pixels, max_side=settings.max_side),
    )
    transformer = SandboxedTransformer(engine, settings.concurrency, limits)
    return Engine(transformer, version, held=(transformer,))


def vips(settings: Settings) -> Engine:
    """libvips, in processes of its own."""
    from adapters.vips.version import engine_version

    return _sandboxed(settings, "adapters.vips.engine:VipsEngine", engine_version())


def imagemagick(settings: Settings) -> Engine:
    """ImageMagick, in processes of its own."""
    from adapters.imagemagick.version import engine_version

    return _sandboxed(settings, "adapters.imagemagick.engine:WandEngine", engine_version())


class Engines(containers.DeclarativeContainer):
    """The engine that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    selected = providers.Selector(
        settings.provided.image_engine,
        vips=providers.Singleton(vips, settings),
        imagemagick=providers.Singleton(imagemagick, settings),
    )
