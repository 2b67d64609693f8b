"""How one variant of one source is made, decided from the header alone, the same for every engine."""

from dataclasses import dataclass

from domain.image_headers.budget import DecodeLimits
from domain.variants import LONGEST_SIDE, Geometry, ImageFormat, VariantSpec, target_geometry


@dataclass(frozen=True, slots=True)
class Rendering:
    """The format, the sizes, whether it moves, and what stands in the way if anything does."""

    format: ImageFormat
    geometry: Geometry
    animated: bool
    obstacle: str | None


def plan_rendering(
    spec: VariantSpec, mime_type: str, size: tuple[int, int], frames: int, limits: DecodeLimits
) -> Rendering:
    """What becomes of an upright source of this size under this spec."""
    image_format = spec.resolved_format(mime_type)
    geometry = target_geometry(spec, *size)
    # A film whose frames together break the budget, before or after scaling, becomes its first frame.
    dearest = max(size[0] * size[1], geometry.scaled[0] * geometry.scaled[1])
    affordable = frames <= limits.max_frames and dearest * frames <= limits.max_pixels
    animated = frames > 1 and image_format is ImageFormat.WEBP and affordable
    return Rendering(image_format, geometry, animated, _obstacle(image_format, geometry, limits.max_pixels))


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
