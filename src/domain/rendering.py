"""How the variants of one source are made, decided from the header alone, the same for every engine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from domain.image_headers.budget import DecodeLimits
from domain.variants import LONGEST_SIDE, Geometry, ImageFormat, VariantSpec, target_geometry

GLIMPSE_SIDE = 32
# All variants of one picture together may have so many times the pixels that one picture may have.
PIXELS_FOR_ALL = 2

Size = tuple[int, int]


class HasSize(Protocol):
    """A picture in an engine's hands."""

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        ...

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        ...


Picture = TypeVar("Picture", bound=HasSize)


@dataclass(frozen=True, slots=True)
class Rendering:
    """The format, the sizes, whether it moves, and what stands in the way if anything does."""

    format: ImageFormat
    geometry: Geometry
    animated: bool
    obstacle: str | None


@dataclass(frozen=True, slots=True)
class Task:
    """One variant that can be made, and how."""

    name: str
    spec: VariantSpec
    rendering: Rendering
    frames: int

    @property
    def scaled(self) -> Size:
        """The size before anything is cut away."""
        return self.rendering.geometry.scaled

    @property
    def pixels(self) -> int:
        """What it costs."""
        return self.scaled[0] * self.scaled[1] * self.frames


@dataclass(frozen=True, slots=True)
class RenderPlan:
    """One whole render of a source of this size: stills from big to small, films, and who gets nothing and why."""

    size: Size
    stills: tuple[Task, ...]
    films: tuple[Task, ...]
    refused: tuple[tuple[str, str], ...]

    @property
    def glimpse(self) -> Size:
        """How large the picture is that a glimpse is taken of."""
        scale = min(1.0, GLIMPSE_SIDE / max(self.size))
        return max(1, round(self.size[0] * scale)), max(1, round(self.size[1] * scale))

    @property
    def base(self) -> Size:
        """The smallest size, within the source, that every still and the glimpse can come from."""
        widths, heights = zip(self.glimpse, *(task.scaled for task in self.stills), strict=True)
        return min(self.size[0], max(widths)), min(self.size[1], max(heights))


def plan_render(
    wanted: Iterable[tuple[str, VariantSpec]], mime_type: str, size: Size, frames: int, limits: DecodeLimits
) -> RenderPlan:
    """What becomes of an upright source of this size; of too much, what costs least is made."""
    tasks, refused = [], []
    for name, spec in wanted:
        rendering = plan_rendering(spec, mime_type, size, frames, limits)
        if rendering.obstacle is None:
            tasks.append(Task(name, spec, rendering, frames if rendering.animated else 1))
        else:
            refused.append((name, rendering.obstacle))
    most = PIXELS_FOR_ALL * limits.max_pixels
    affordable = _affordable(tasks, most)
    reason = f"All variants of one picture together may have {most:,} pixels; there is no room left for this one."
    refused += [(task.name, reason) for task in tasks if task not in affordable]
    stills = sorted((task for task in affordable if not task.rendering.animated), key=_falling)
    films = (task for task in affordable if task.rendering.animated)
    return RenderPlan(size, tuple(stills), tuple(films), tuple(refused))


def plan_rendering(spec: VariantSpec, mime_type: str, size: Size, frames: int, limits: DecodeLimits) -> Rendering:
    """What becomes of an upright source of this size under this spec."""
    image_format = spec.resolved_format(mime_type)
    geometry = target_geometry(spec, *size)
    # A film whose frames together break the budget, before or after scaling, becomes its first frame.
    dearest = max(size[0] * size[1], geometry.scaled[0] * geometry.scaled[1])
    affordable = frames <= limits.max_frames and dearest * frames <= limits.max_pixels
    animated = frames > 1 and image_format is ImageFormat.WEBP and affordable
    return Rendering(image_format, geometry, animated, _obstacle(image_format, geometry, limits.max_pixels))


def nearest(steps: Sequence[Picture], size: Size) -> Picture:
    """The last of the steps down that is still large enough, else the first.

    All sizes come from the source, so going down the steps never rounds twice.
    """
    return next((step for step in reversed(steps) if covers(step, size)), steps[0])


def covers(picture: HasSize, size: Size) -> bool:
    """Whether it is at least this large."""
    return picture.width >= size[0] and picture.height >= size[1]


def _affordable(tasks: Sequence[Task], most: int) -> list[Task]:
    chosen, spent = [], 0
    for task in sorted(tasks, key=lambda task: task.pixels):
        spent += task.pixels
        if spent <= most:
            chosen.append(task)
    return chosen


def _falling(task: Task) -> tuple[int, int, int]:
    width, height = task.scaled
    return -width * height, -width, -height


def _obstacle(image_format: ImageFormat, geometry: Geometry, max_pixels: int) -> str | None:
    longest = max(geometry.final)
    if longest > LONGEST_SIDE[image_format]:
        return (
            f"{image_format.value} pictures have at most {LONGEST_SIDE[image_format]} pixels a side; "
            f"this one would have {longest}."
        )
    if geometry.scaled[0] * geometry.scaled[1] > max_pixels:
        width, height = geometry.scaled
        return f"The picture would be enlarged to {width}x{height} pixels; at most {max_pixels:,} in all are made."
    return None
