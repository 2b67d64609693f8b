"""The two image engines on the same photos, each decoding once: CPU and bytes a picture, and memory."""

import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.engine import engine_loop
from bench.photos import some_photos
from bench.telling import skip, tell
from bench.turns import in_turn
from tests.servers.needs import MAGICK

PHOTOS = 4
ROUNDS = 2


def main() -> int:
    """Measure both in turn."""
    if why := MAGICK.absence():
        return skip("engines", why)
    with ExitStack() as running:
        photos = some_photos(Path(running.enter_context(TemporaryDirectory())), PHOTOS)
        loops = {name: running.enter_context(engine_loop(name, photos)) for name in ("vips", "imagemagick")}
        rounds = in_turn({name: each.go for name, each in loops.items()}, ROUNDS)
        kilobytes = {f"KB of variants, {name}": [each.bytes / PHOTOS / 1e3] for name, each in loops.items()}
    versions = loops["vips"].versions | loops["imagemagick"].versions
    missed = tell(
        "engines",
        "ms of CPU a picture",
        rounds.rows(times=1e3 / PHOTOS),
        ratio=rounds.ratio("vips", "imagemagick"),
        target=None,
        spent=rounds.spent(),
        versions=versions,
    )
    vips, imagemagick = (sizes[0] for sizes in kilobytes.values())
    return missed | tell(
        "engines, bytes", "KB a picture", {"vips": [vips], "imagemagick": [imagemagick]}, ratio=vips / imagemagick,
        target=None, versions=versions,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
