"""Variants: what a project wants made of each picture, and the arithmetic of their sizes."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Fit(StrEnum):
    """How a picture meets its box."""

    CONTAIN = "contain"
    COVER = "cover"
    FILL = "fill"


class ImageFormat(StrEnum):
    """What a variant is encoded as; `original` keeps the source's format where we can write it."""

    AVIF = "avif"
    WEBP = "webp"
    JPEG = "jpeg"
    PNG = "png"
    ORIGINAL = "original"


class Gravity(StrEnum):
    """Which part of a picture survives a crop."""

    CENTRE = "centre"
    NORTH = "north"
    NORTH_EAST = "north-east"
    EAST = "east"
    SOUTH_EAST = "south-east"
    SOUTH = "south"
    SOUTH_WEST = "south-west"
    WEST = "west"
    NORTH_WEST = "north-west"
    ATTENTION = "attention"
    ENTROPY = "entropy"


DEFAULT_QUALITY = {ImageFormat.AVIF: 60, ImageFormat.WEBP: 80, ImageFormat.JPEG: 80, ImageFormat.PNG: 80}
DEFAULT_EFFORT = 2
LONGEST_SIDE = {ImageFormat.WEBP: 16_383, ImageFormat.AVIF: 16_384, ImageFormat.JPEG: 65_535, ImageFormat.PNG: 65_535}

MIME_TYPES = {
    ImageFormat.AVIF: "image/avif",
    ImageFormat.WEBP: "image/webp",
    ImageFormat.JPEG: "image/jpeg",
    ImageFormat.PNG: "image/png",
}
EXTENSIONS = {ImageFormat.AVIF: "avif", ImageFormat.WEBP: "webp", ImageFormat.JPEG: "jpg", ImageFormat.PNG: "png"}

# A source we read but do not write becomes the closest format every browser shows.
_WRITTEN_AS = {
    "image/avif": ImageFormat.AVIF,
    "image/webp": ImageFormat.WEBP,
    "image/gif": ImageFormat.WEBP,
    "image/jpeg": ImageFormat.JPEG,
    "image/heic": ImageFormat.JPEG,
    "image/heif": ImageFormat.JPEG,
    "image/png": ImageFormat.PNG,
    "image/tiff": ImageFormat.PNG,
}


@dataclass(frozen=True, slots=True)
class VariantSpec:
    """The recipe of one variant, as a project's settings hold it."""

    format: ImageFormat = ImageFormat.ORIGINAL
    width: int | None = None
    height: int | None = None
    max_width: int | None = None
    max_height: int | None = None
    fit: Fit = Fit.CONTAIN
    quality: int | None = None
    effort: int | None = None
    gravity: Gravity = Gravity.CENTRE
    background: str | None = None
    enlarge: bool = False

    def resolved_format(self, source_mime: str) -> ImageFormat:
        """The format that will really be written for a source."""
        if self.format is ImageFormat.ORIGINAL:
            return _WRITTEN_AS.get(source_mime, ImageFormat.JPEG)
        return self.format

    def recipe(self, engine: str) -> str:
        """A name for exactly this picture: the same recipe of the same source always looks the same."""
        told = json.dumps({"engine": engine, **asdict(self)}, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Scale the upright source to `scaled`, then keep the `final` part of it."""

    scaled: tuple[int, int]
    final: tuple[int, int]

    @property
    def crops(self) -> bool:
        """Whether anything is cut away."""
        return self.scaled != self.final

    def crop_offset(self, gravity: Gravity) -> tuple[int, int]:
        """Where the kept part begins, for a gravity that is a place."""
        spare_x, spare_y = self.scaled[0] - self.final[0], self.scaled[1] - self.final[1]
        x = 0 if "west" in gravity else spare_x if "east" in gravity else spare_x // 2
        y = 0 if gravity.startswith("north") else spare_y if gravity.startswith("south") else spare_y // 2
        return x, y


def target_geometry(spec: VariantSpec, width: int, height: int) -> Geometry:
    """What becomes of an upright source of this size."""
    if spec.fit is Fit.FILL and spec.width and spec.height:
        size = (spec.width, spec.height)
        return Geometry(size, size)
    if spec.fit is Fit.COVER and spec.width and spec.height:
        return _covering(spec, width, height)
    scale = _containing_scale(spec, width, height)
    size = _scaled(width, height, scale, spec)
    return Geometry(size, size)


def _covering(spec: VariantSpec, width: int, height: int) -> Geometry:
    box_w, box_h = _within_maximum(spec, spec.width or width, spec.height or height)
    scale = max(box_w / width, box_h / height)
    if scale > 1 and not spec.enlarge:
        # The box's shape is kept, as large as the source allows.
        box_w, box_h, scale = max(1, round(box_w / scale)), max(1, round(box_h / scale)), 1.0
    final = (min(box_w, max(1, round(width * scale))), min(box_h, max(1, round(height * scale))))
    scaled = (max(final[0], round(width * scale)), max(final[1], round(height * scale)))
    return Geometry(scaled, final)


def _within_maximum(spec: VariantSpec, width: int, height: int) -> tuple[int, int]:
    shrink = min(1.0, (spec.max_width or width) / width, (spec.max_height or height) / height)
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def _containing_scale(spec: VariantSpec, width: int, height: int) -> float:
    wanted = [side / own for side, own in ((spec.width, width), (spec.height, height)) if side]
    scale = min(wanted, default=1.0)
    if not spec.enlarge:
        scale = min(scale, 1.0)
    caps = [side / own for side, own in ((spec.max_width, width), (spec.max_height, height)) if side]
    return min([scale, *caps])


def _scaled(width: int, height: int, scale: float, spec: VariantSpec) -> tuple[int, int]:
    # Rounding must not step over a side that was asked for.
    bound_w = min(side for side in (spec.width, spec.max_width, 1 << 30) if side)
    bound_h = min(side for side in (spec.height, spec.max_height, 1 << 30) if side)
    if spec.fit is not Fit.CONTAIN:
        bound_w = bound_h = 1 << 30
    return max(1, min(bound_w, round(width * scale))), max(1, min(bound_h, round(height * scale)))


@dataclass(frozen=True, slots=True)
class WantedVariant:
    """A variant a file should have, and the recipe that makes it."""

    name: str
    spec: VariantSpec
    recipe: str


@dataclass(frozen=True, slots=True)
class HeldVariant:
    """A variant a file has."""

    name: str
    recipe: str
    ready: bool


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """What turns the variants a file has into those it should have."""

    create: tuple[WantedVariant, ...] = ()
    replace: tuple[WantedVariant, ...] = ()
    drop: tuple[str, ...] = ()

    @property
    def make(self) -> tuple[WantedVariant, ...]:
        """Everything to render."""
        return self.create + self.replace

    @property
    def changes(self) -> bool:
        """Whether there is anything to do at all."""
        return bool(self.create or self.replace or self.drop)


def wanted_variants(
    variants: Mapping[str, VariantSpec], engine: str, only: Iterable[str] | None = None
) -> tuple[WantedVariant, ...]:
    """The variants a project asks for, in order; `only` picks some."""
    picked = variants.keys() if only is None else set(only)
    return tuple(WantedVariant(name, spec, spec.recipe(engine)) for name, spec in variants.items() if name in picked)


def plan_variants(wanted: Iterable[WantedVariant], held: Iterable[HeldVariant]) -> VariantPlan:
    """Make what is missing or of an older recipe, drop what nobody wants, touch nothing else."""
    have = {variant.name: variant for variant in held}
    want = {variant.name: variant for variant in wanted}
    stale = [name for name in want if name in have and have[name].recipe != want[name].recipe]
    missing = [name for name in want if name not in have or (name not in stale and not have[name].ready)]
    return VariantPlan(
        create=tuple(want[name] for name in missing),
        replace=tuple(want[name] for name in stale),
        drop=tuple(name for name in have if name not in want),
    )
