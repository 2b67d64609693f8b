"""Pictures through ImageMagick: slower than libvips, the same sizes, and it reads HEIC out of the box."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from adapters.imagemagick.cropping import crop
from adapters.imagemagick.library import Image
from adapters.imagemagick.reading import ANIMATED, all_frames, facts_of, first_frame, open_header
from adapters.imagemagick.writing import write_variant
from application.ports.image_transformer import NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import ImageHeader
from domain.rendering import Rendering, plan_rendering


class Source(NamedTuple):
    """A picture whose header was read and found affordable."""

    path: Path
    mime_type: str
    header: ImageHeader


class Task(NamedTuple):
    """An order and how it will be made."""

    order: Order
    rendering: Rendering

    @property
    def scaled(self) -> tuple[int, int]:
        """The size before anything is cut away."""
        return self.rendering.geometry.scaled


class WandEngine:
    """Synchronous and meant for a process of its own: the sandbox runs it."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()

    def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        return facts_of(source, mime_type, open_header(source, mime_type, self._limits))

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path
    ) -> Iterator[Rendered | NotRendered]:
        """Make every variant ordered, each told as soon as its file is whole."""
        picture = Source(source, mime_type, open_header(source, mime_type, self._limits))
        tasks = [Task(order, self._plan(order, picture)) for order in orders]
        possible = [task for task in tasks if task.rendering.obstacle is None]
        yield from _stills([task for task in possible if not task.rendering.animated], picture, into)
        yield from _films([task for task in possible if task.rendering.animated], picture, into)
        for order, rendering in tasks:
            if rendering.obstacle is not None:
                yield NotRendered(order.name, rendering.obstacle)

    def _plan(self, order: Order, picture: Source) -> Rendering:
        frames = picture.header.frames if picture.mime_type in ANIMATED else 1
        return plan_rendering(order.spec, picture.mime_type, picture.header.upright, frames, self._limits)


def _stills(tasks: list[Task], picture: Source, into: Path) -> Iterator[Rendered | NotRendered]:
    if not tasks:
        return
    widths, heights = zip(*(task.scaled for task in tasks), strict=True)
    with first_frame(*picture, (max(widths), max(heights))) as base, ExitStack() as opened:
        steps = [base]
        for scaled, same in groupby(sorted(tasks, key=_falling), key=lambda task: task.scaled):
            pixels = opened.enter_context(_nearest(steps, scaled).clone())
            pixels.resize(*scaled, filter="lanczos")
            if _covers(base, scaled):
                steps.append(pixels)
            for task in same:
                yield _written(pixels, task, into)


def _films(tasks: list[Task], picture: Source, into: Path) -> Iterator[Rendered | NotRendered]:
    if not tasks:
        return
    with all_frames(*picture) as film:
        for task in tasks:
            with film.clone() as sized:
                sized.resize(*task.scaled, filter="lanczos")
                yield _written(sized, task, into)


def _written(pixels: Image, task: Task, into: Path) -> Rendered | NotRendered:
    with pixels.clone() as image:
        crop(image, task.rendering.geometry, task.order.spec.gravity)
        return write_variant(image, task.order, task.rendering.format, into)


def _falling(task: Task) -> tuple[int, int, int]:
    width, height = task.scaled
    return -width * height, -width, -height


def _nearest(steps: list[Image], size: tuple[int, int]) -> Image:
    # All sizes come from the source, so going down the steps never rounds twice.
    return next((step for step in reversed(steps) if _covers(step, size)), steps[0])


def _covers(image: Image, size: tuple[int, int]) -> bool:
    return bool(image.width >= size[0] and image.height >= size[1])
