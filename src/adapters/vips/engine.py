"""Pictures through libvips: decoded once, then every variant from the next larger one."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from adapters.vips.library import pyvips
from adapters.vips.reading import Picture, open_picture
from adapters.vips.writing import write_variant
from application.ports.image_transformer import NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.rendering import Rendering, plan_rendering
from domain.variants import Geometry, Gravity


class Task(NamedTuple):
    """An order and how it will be made."""

    order: Order
    rendering: Rendering

    @property
    def scaled(self) -> tuple[int, int]:
        """The size before anything is cut away."""
        return self.rendering.geometry.scaled


class VipsEngine:
    """Synchronous and meant for a process of its own: the sandbox runs it."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()

    def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        return open_picture(source, mime_type, self._limits).facts

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path
    ) -> Iterator[Rendered | NotRendered]:
        """Make every variant ordered, each told as soon as its file is whole."""
        picture = open_picture(source, mime_type, self._limits)
        tasks = [Task(order, self._plan(order, picture.facts)) for order in orders]
        possible = [task for task in tasks if task.rendering.obstacle is None]
        yield from _stills([task for task in possible if not task.rendering.animated], picture, into)
        yield from _films([task for task in possible if task.rendering.animated], picture, into)
        for order, rendering in tasks:
            if rendering.obstacle is not None:
                yield NotRendered(order.name, rendering.obstacle)

    def _plan(self, order: Order, facts: PictureFacts) -> Rendering:
        return plan_rendering(order.spec, facts.mime_type, (facts.width, facts.height), facts.frames, self._limits)


def _stills(tasks: list[Task], picture: Picture, into: Path) -> Iterator[Rendered | NotRendered]:
    if not tasks:
        return
    widths, heights = zip(*(task.scaled for task in tasks), strict=True)
    steps = [picture.shrunk(min(picture.facts.width, max(widths)), min(picture.facts.height, max(heights)))]
    for scaled, same in groupby(sorted(tasks, key=_falling), key=lambda task: task.scaled):
        pixels = _resized(_nearest(steps, scaled), scaled).copy_memory()
        if _covers(steps[0], scaled):
            steps.append(pixels)
        for order, rendering in same:
            yield write_variant(_cropped(pixels, rendering.geometry, order.spec.gravity), order, rendering.format, into)


def _films(tasks: list[Task], picture: Picture, into: Path) -> Iterator[Rendered | NotRendered]:
    if not tasks:
        return
    frames = picture.frames()
    for order, rendering in tasks:
        geometry = rendering.geometry
        sized = [_resized(frame, geometry.scaled) for frame in frames]
        # One window for all frames, or the film would shake.
        window = _cropped(sized[0].copy_memory(), geometry, order.spec.gravity)
        left, top = -window.xoffset, -window.yoffset
        film = pyvips.Image.arrayjoin([frame.crop(left, top, *geometry.final) for frame in sized], across=1).copy()
        film.set_type(pyvips.GValue.gint_type, "page-height", geometry.final[1])
        yield write_variant(film, order, rendering.format, into)


def _nearest(steps: list[Any], size: tuple[int, int]) -> Any:
    # All sizes come from the source, so going down the steps never rounds twice.
    return next((step for step in reversed(steps) if _covers(step, size)), steps[0])


def _covers(image: Any, size: tuple[int, int]) -> bool:
    return bool(image.width >= size[0] and image.height >= size[1])


def _falling(task: Task) -> tuple[int, int, int]:
    width, height = task.scaled
    return -width * height, -width, -height


def _resized(image: Any, size: tuple[int, int]) -> Any:
    if (image.width, image.height) == size:
        return image
    return image.thumbnail_image(size[0], height=size[1], size="force", no_rotate=True)


def _cropped(image: Any, geometry: Geometry, gravity: Gravity) -> Any:
    if not geometry.crops:
        return image.copy(xoffset=0, yoffset=0)
    if gravity in {Gravity.ATTENTION, Gravity.ENTROPY}:
        return image.smartcrop(*geometry.final, interesting=gravity.value)
    return image.crop(*geometry.crop_offset(gravity), *geometry.final)
