"""Pictures through libvips: decoded once, then every variant from the next larger one."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from adapters.vips.library import pyvips
from adapters.vips.reading import Picture, open_picture, rgba
from adapters.vips.writing import Kept, write_variant
from application.glimpses import glimpse_of
from application.picture_headers import camera_of
from application.ports.image_transformer import Glimpse, NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.rendering import RenderPlan, Size, Task, covers, nearest, plan_render
from domain.variants import Geometry, Gravity


class VipsEngine:
    """Synchronous and meant for a process of its own: the sandbox runs it."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        self._limits = limits or DecodeLimits()

    def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        return open_picture(source, mime_type, self._limits).facts

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path, *, keep_camera: bool = False
    ) -> Iterator[Glimpse | Rendered | NotRendered]:
        """Make every variant ordered, each told as soon as its file is whole."""
        picture = open_picture(source, mime_type, self._limits)
        size, frames = (picture.facts.width, picture.facts.height), picture.facts.frames
        plan = plan_render(((order.name, order.spec) for order in orders), mime_type, size, frames, self._limits)
        kept = Kept(into, camera_of(picture.told) if keep_camera else None)
        if plan.stills or not plan.films:
            yield from _stills(plan, picture, kept)
        if plan.films:
            yield from _films(plan, picture, kept)
        for name, reason in plan.refused:
            yield NotRendered(name, reason)


def _stills(plan: RenderPlan, picture: Picture, kept: Kept) -> Iterator[Glimpse | Rendered | NotRendered]:
    steps = [picture.shrunk(*plan.base)]
    yield _glimpse(steps[0], plan)
    for scaled, same in groupby(plan.stills, key=lambda task: task.scaled):
        pixels = _resized(nearest(steps, scaled), scaled).copy_memory()
        if covers(steps[0], scaled):
            steps.append(pixels)
        for task in same:
            image = _cropped(pixels, task.rendering.geometry, task.spec.gravity)
            yield write_variant(image, task, kept)


def _films(plan: RenderPlan, picture: Picture, kept: Kept) -> Iterator[Glimpse | Rendered | NotRendered]:
    frames = picture.frames()
    if not plan.stills:
        yield _glimpse(frames[0], plan)
    for task in plan.films:
        yield write_variant(_film(frames, task), task, kept)


def _film(frames: list[Any], task: Task) -> Any:
    geometry = task.rendering.geometry
    sized = [_resized(frame, geometry.scaled) for frame in frames]
    # One window for all frames, or the film would shake.
    window = _cropped(sized[0].copy_memory(), geometry, task.spec.gravity)
    left, top = -window.xoffset, -window.yoffset
    film = pyvips.Image.arrayjoin([frame.crop(left, top, *geometry.final) for frame in sized], across=1).copy()
    film.set_type(pyvips.GValue.gint_type, "page-height", geometry.final[1])
    return film


def _glimpse(image: Any, plan: RenderPlan) -> Glimpse:
    return glimpse_of(*plan.glimpse, rgba(_resized(image, plan.glimpse)))


def _resized(image: Any, size: Size) -> Any:
    if (image.width, image.height) == size:
        return image
    return image.thumbnail_image(size[0], height=size[1], size="force", no_rotate=True)


def _cropped(image: Any, geometry: Geometry, gravity: Gravity) -> Any:
    if not geometry.crops:
        return image.copy(xoffset=0, yoffset=0)
    if gravity in {Gravity.ATTENTION, Gravity.ENTROPY}:
        return image.smartcrop(*geometry.final, interesting=gravity.value)
    return image.crop(*geometry.crop_offset(gravity), *geometry.final)
