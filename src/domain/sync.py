"""Bringing the variants of files in line with what their project asks for."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.media import FileStatus, MediaFile, VariantStatus
from domain.object_keys import is_picture
from domain.recordings import poster_of
from domain.variants import ImageFormat, VariantPlan, VariantSpec, WantedVariant, plan_variants, target_geometry

SOURCE_MISSING = "source_missing"
# What photographs take at the qualities that are usual; only for a plan that has nothing better to go by.
BITS_PER_PIXEL = {ImageFormat.AVIF: 0.9, ImageFormat.WEBP: 1.3, ImageFormat.JPEG: 1.9, ImageFormat.PNG: 14.0}
USUAL_SIZE = (3000, 2000)


@dataclass(frozen=True, slots=True)
class PlannedVariant:
    """How many pictures of one variant a sync would make, make anew and take away."""

    name: str
    create: int
    replace: int
    drop: int
    estimated_bytes: int


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """What a sync would do: with how many files, and for how many of them the original is not kept any more."""

    files: int
    variants: tuple[PlannedVariant, ...]
    source_missing: int
    estimated_bytes: int


def plan_file(file: MediaFile, wanted: Sequence[WantedVariant]) -> VariantPlan:
    """What is to be done with one file: `create` has what nobody can look at yet, `replace` what has a successor.

    Of a file that came in as something else than a picture and has no poster, or has not arrived yet, nothing is made;
    the poster itself is nobody's recipe. Where the original is not kept any more, `create` has what cannot be made and
    is not marked as such so far.
    """
    poster = poster_of(file)
    if file.status is FileStatus.PENDING or not (is_picture(file.key) or poster):
        return VariantPlan()
    held = {variant.name: variant for variant in file.pictures if variant != poster}
    wanted = [want for want in wanted if poster is None or want.name != poster.name]
    plan = plan_variants(wanted, (variant.held() for variant in held.values()))
    seen = {name for name, variant in held.items() if variant.status is VariantStatus.READY}
    create = [*plan.create, *(want for want in plan.replace if want.name not in seen)]
    superseded = tuple(want for want in plan.replace if want.name in seen)
    if file.original_deleted_at is None:
        return VariantPlan(tuple(create), superseded, plan.drop)
    marked = {name for name, variant in held.items() if variant.status is VariantStatus.FAILED}
    unmarked = (want for want in create if want.name not in marked or held[want.name].recipe != want.recipe)
    return VariantPlan(tuple(unmarked), (), plan.drop)


def plan_promised(file: MediaFile, wanted: Sequence[WantedVariant]) -> VariantPlan:
    """What is still to be done of what was promised when the file came in, and nothing beyond."""
    promised = {variant.name for variant in file.pictures if variant.status is not VariantStatus.READY}
    plan = plan_file(file, wanted)
    return VariantPlan(
        create=tuple(want for want in plan.create if want.name in promised),
        drop=tuple(name for name in plan.drop if name in promised),
    )


def estimated_size(spec: VariantSpec, file: MediaFile) -> int:
    """About how many bytes a variant of this file will have."""
    width, height = target_geometry(spec, file.width or USUAL_SIZE[0], file.height or USUAL_SIZE[1]).final
    return int(width * height * BITS_PER_PIXEL[spec.resolved_format(file.mime_type)] / 8)
