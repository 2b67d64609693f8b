"""Which Darkroom this is."""

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("darkroom-media")
except PackageNotFoundError:
    VERSION = "0.0.0"
