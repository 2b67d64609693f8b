"""Which libvips is installed, told without loading it: the API process names recipes but never decodes."""

from importlib.metadata import PackageNotFoundError, version


def engine_version() -> str:
    """The engine's name in recipes; minor releases may change pixels, patches do not."""
    for distribution in ("pyvips-binary", "pyvips"):
        try:
            return "vips-" + ".".join(version(distribution).split(".")[:2])
        except PackageNotFoundError:
            continue
    return "vips"
