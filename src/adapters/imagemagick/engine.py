"""Pictures through ImageMagick: slower than libvips, the same sizes, and it reads HEIC out of the box."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from adapters.imagemagick.cropping import crop
from adapters.imagemagick.library import Image
from adapters.imagemagick.reading import ANIMATED, all_frames, facts_of, first_frame, open_header, rgba
from adapters.imagemagick.writing import Kept, write_variant
from application.glimpses import glimpse_of
from application.picture_headers import camera_of
from application.ports.image_transformer import Glimpse, NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import ImageHeader
from domain.rendering import RenderPlan, Task, covers, nearest, plan_render


class Source(NamedTuple):
    """A picture whose header was read and found affordable."""

    path: Path
    mime_type: str
    header: ImageHeader


class WandEngine:
    """Synchronous and meant for a process of its own: the sandbox runs it."""

    def __init__(self, limits: DecodeLimits | None = None) -> None:
        # Where Debian and others keep its lists of coders, colours and messages.
        self.folders = [*Path("/etc").glob("ImageMagick-*"), *Path("/usr/share").glob("ImageMagick-*")]
        self._limits = limits or DecodeLimits()

    def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        return facts_of(source, mime_type, open_header(source, mime_type, self._limits))

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path, *, keep_camera: bool = False
    ) -> Iterator[Glimpse | Rendered | NotRendered]:
        """Make every variant ordered, each told as soon as its file is whole."""
        header = open_header(source, mime_type, self._limits)
        picture = Source(source, mime_type, header)
        frames = header.frames if mime_type in ANIMATED else 1
        wanted = ((order.name, order.spec) for order in orders)
        plan = plan_render(wanted, mime_type, header.upright, frames, self._limits)
        kept = Kept(into, camera_of(header) if keep_camera else None)
        if plan.stills or not plan.films:
            yield from _stills(plan, picture, kept)
        if plan.films:
            yield from _films(plan, picture, kept)
        for name, reason in plan.refused:
            yield NotRendered(name, reason)


def _stills(plan: RenderPlan, picture: Source, kept: Kept) -> Iterator[Glimpse | Rendered | NotRendered]:
    with first_frame(*picture, plan.base) as base, ExitStack() as opened:
        yield _glimpse(base, plan)
        steps = [base]
        for scaled, same in groupby(plan.stills, key=lambda task: task.scaled):
            pixels = opened.enter_context(nearest(steps, scaled).clone())
            pixels.resize(*scaled, filter="lanczos")
            if covers(base, scaled):
                steps.append(pixels)
            for task in same:
                yield _written(pixels, task, kept)


def _films(plan: RenderPlan, picture: Source, kept: Kept) -> Iterator[Glimpse | Rendered | NotRendered]:
    with all_frames(*picture) as film:
        if not plan.stills:
            film.iterator_reset()
            yield _glimpse(film.sequence[0], plan)
        for task in plan.films:
            with film.clone() as sized:
                sized.resize(*task.scaled, filter="lanczos")
                yield _written(sized, task, kept)


def _glimpse(image: Image, plan: RenderPlan) -> Glimpse:
    with Image(image=image) as small:
        # Going through a sample of it costs little, and nobody will see the difference.
        small.sample(*(min(side, 8 * wanted) for side, wanted in zip(small.size, plan.glimpse, strict=True)))
        small.resize(*plan.glimpse, filter="triangle")
        return glimpse_of(*plan.glimpse, rgba(small))


def _written(pixels: Image, task: Task, kept: Kept) -> Rendered | NotRendered:
    with pixels.clone() as image:
        crop(image, task.rendering.geometry, task.spec.gravity)
        return write_variant(image, task, kept)
