"""One of our image engines in a loop: a decoder without queue, store, database and sandbox around it."""

import json
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from application.ports.image_transformer import Order, Rendered
from bench.loops import Loop, loop, python
from bench.photos import specs
from domain.settings import read_settings


def engine_loop(engine: str, photos: Sequence[Path]) -> AbstractContextManager[Loop]:
    """A program that makes our variants of these photos with this engine."""
    return loop(python("bench.engine", engine), photos, specs())


def main(name: str, job: dict[str, Any]) -> None:
    """A round for every line."""
    engine, version = ENGINES[name]()
    orders = [Order(title, spec) for title, spec in read_settings({"variants": job["variants"]}).variants.items()]
    say({name: version})
    for _ in sys.stdin:
        with TemporaryDirectory() as folder:
            made = [
                rendered.size
                for photo in job["photos"]
                for rendered in engine.render(Path(photo), "image/jpeg", orders, Path(folder))
                if isinstance(rendered, Rendered)
            ]
        whole = len(made) == len(orders) * len(job["photos"])
        say({"bytes": sum(made)} if whole else {"failed": f"{name} did not make every variant"})


def vips() -> tuple[Any, str]:
    """The engine, and what is under it; loaded here and no earlier."""
    from adapters.vips.engine import VipsEngine  # noqa: PLC0415
    from adapters.vips.library import pyvips  # noqa: PLC0415

    return VipsEngine(), ".".join(str(pyvips.version(part)) for part in range(3))


def imagemagick() -> tuple[Any, str]:
    """The engine, and what is under it; loaded here and no earlier."""
    from wand.version import MAGICK_VERSION_INFO  # noqa: PLC0415

    from adapters.imagemagick.engine import WandEngine  # noqa: PLC0415

    return WandEngine(), ".".join(map(str, MAGICK_VERSION_INFO))


def say(told: dict[str, Any]) -> None:
    """One line."""
    print(json.dumps(told), flush=True)


ENGINES = {"vips": vips, "imagemagick": imagemagick}

if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
