"""Which keys are ours, what is to be done with a file, and how large the result will be."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.media_kinds import MediaKind
from domain.object_keys import file_key, is_picture, original_key, project_of, slugify, variant_key
from domain.settling import settle
from domain.sync import estimated_size, plan_file, plan_promised
from domain.variants import ImageFormat, VariantSpec, WantedVariant, wanted_variants
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID, PROJECT = UUID(int=1), UUID("0190b0b0-0000-7000-8000-0000000000aa")
SPECS = {"a": VariantSpec(ImageFormat.WEBP, 100), "b": VariantSpec(ImageFormat.PNG, 200)}
OLD, NEW = wanted_variants(SPECS, "old"), wanted_variants(SPECS, "new")
KEY = original_key("p", PROJECT, ID, "jpg")


def row(want: WantedVariant, status: VariantStatus = VariantStatus.READY) -> Variant:
    key = variant_key("p", PROJECT, want.name, ID, "webp", want.recipe)
    return Variant(ID, want.name, want.recipe, key, "image/webp", status, size=10)


def picture(*variants: Variant, key: str = KEY, status: FileStatus = FileStatus.READY) -> MediaFile:
    return MediaFile(
        ID, PROJECT, "a.jpg", MediaKind.IMAGE, "image/jpeg", key, status, NOW, NOW,
        width=4000, height=3000, variants=variants,
    )  # fmt: skip


@over_rows("name", ["Fotos", "a b", "写真", "x" * 99, "---"])
def test_our_keys_are_known_again(name: str) -> None:
    slug = slugify(name)
    original = original_key(slug, PROJECT, ID, "jpg")
    others = [file_key(slug, PROJECT, ID, "pdf"), variant_key(slug, PROJECT, "original-ish", ID, "webp", "0123456789")]
    assert {project_of(key) for key in [original, *others]} == {PROJECT}
    assert [is_picture(key) for key in [original, *others]] == [True, False, False]


@over_rows("key", ["", "x", "p/files/a", f"{PROJECT}/files/a", f"P-{PROJECT}/a", f"p-{PROJECT}", "p-1/a"])
def test_other_keys_are_none_of_ours(key: str) -> None:
    assert project_of(key) is None
    assert not is_picture(key)


def test_what_is_ready_gets_a_successor_and_what_is_not_is_made() -> None:
    plan = plan_file(picture(row(OLD[0]), row(OLD[1], VariantStatus.FAILED)), NEW)
    assert (plan.replace, plan.create, plan.drop) == ((NEW[0],), (NEW[1],), ())


def test_of_what_was_promised_only_the_rest_is_made() -> None:
    waiting = picture(row(OLD[0], VariantStatus.PENDING))
    assert plan_promised(waiting, NEW).create == (NEW[0],)
    assert not plan_promised(picture(row(OLD[0])), NEW).changes
    assert plan_promised(waiting, NEW[1:]).drop == ("a",)


def test_without_its_original_a_file_is_marked_once() -> None:
    gone = replace(picture(row(OLD[0])), original_deleted_at=NOW)
    assert plan_file(gone, NEW).create == (NEW[1],)
    assert not plan_file(replace(gone, variants=(row(OLD[0]), row(NEW[1], VariantStatus.FAILED))), NEW).changes


@pytest.mark.parametrize("file", [picture(key=file_key("p", PROJECT, ID, "jpg")), picture(status=FileStatus.PENDING)])
def test_what_is_no_picture_or_not_there_yet_has_nothing_to_do(file: MediaFile) -> None:
    assert not plan_file(file, NEW).changes


def test_a_picture_twice_as_wide_is_guessed_four_times_as_large() -> None:
    small, large = (estimated_size(VariantSpec(ImageFormat.AVIF, width), picture()) for width in (500, 1000))
    assert large == pytest.approx(4 * small, rel=0.01)
    assert estimated_size(VariantSpec(), replace(picture(), width=None, height=None)) > 0


def test_a_picture_somebody_else_made_meanwhile_counts_once() -> None:
    there = row(NEW[0])
    settled = settle(picture(there), [there], NEW, NOW, over=True)
    assert (settled.made, settled.changed, settled.left_behind, settled.stored) == ((), (), (), 0)
    elsewhere = replace(there, key="elsewhere")
    assert settle(picture(there), [elsewhere], NEW, NOW, over=True).left_behind == ("elsewhere",)


def test_a_picture_nobody_asks_for_any_more_is_left_behind() -> None:
    settled = settle(picture(row(NEW[0], VariantStatus.PENDING)), [row(OLD[0])], NEW, NOW, over=False)
    assert (settled.made, settled.left_behind) == ((), (row(OLD[0]).key,))
    assert settle(picture(), [row(NEW[0])], NEW, NOW, over=True).left_behind == (row(NEW[0]).key,)


def test_a_successor_counts_by_what_it_is_larger() -> None:
    made = replace(row(NEW[0]), size=25)
    settled = settle(picture(row(OLD[0])), [made], NEW, NOW, over=True)
    assert (settled.changed, settled.stored) == ((made,), 15)
    assert (settled.left_behind, settled.replaced) == ((), (row(OLD[0]).key,))
    assert settled.moved is False
