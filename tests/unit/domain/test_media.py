"""Where files and variants stand, and what that means to a reader."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.media import (
    FileStatus,
    MediaFile,
    Variant,
    VariantFailed,
    VariantNotReady,
    VariantStatus,
    VariantUnknown,
    openable,
)
from domain.media_kinds import MediaKind
from domain.variants import HeldVariant
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def variant(name: str = "thumb", status: VariantStatus = VariantStatus.PENDING, reason: str | None = None) -> Variant:
    return Variant(UUID(int=1), name, "r1", f"p/images/{name}/1.webp", "image/webp", status, reason)


def file(*variants: Variant, status: FileStatus = FileStatus.PROCESSING) -> MediaFile:
    return MediaFile(
        UUID(int=1), UUID(int=2), "a.png", MediaKind.IMAGE, "image/png", "p/1.png", status, NOW, NOW, variants=variants
    )


READY, FAILED = variant("a", VariantStatus.READY), variant("b", VariantStatus.FAILED, "too wide")
FAILED_TOO = variant("c", VariantStatus.FAILED, "too high")


@over_rows(
    ("variants", "status", "reason"),
    [
        ((), FileStatus.READY, None),
        ((READY,), FileStatus.READY, None),
        ((READY, FAILED), FileStatus.READY, None),
        ((FAILED,), FileStatus.FAILED, "too wide"),
        ((FAILED, FAILED_TOO), FileStatus.FAILED, "too wide"),
    ],
)
def test_a_file_is_ready_unless_nothing_could_be_made_of_it(
    variants: tuple[Variant, ...], status: FileStatus, reason: str | None
) -> None:
    settled = file().settled(variants, LATER)
    assert (settled.status, settled.reason, settled.variants) == (status, reason, variants)
    assert (settled.created_at, settled.updated_at) == (NOW, LATER)


@given(st.lists(st.sampled_from([READY, FAILED, FAILED_TOO]), max_size=5))
def test_a_file_that_was_settled_can_be_settled_again(variants: list[Variant]) -> None:
    once = file().settled(tuple(variants), LATER)
    assert once.settled(tuple(variants), LATER) == once
    assert once.settled((READY,), LATER).reason is None


def test_a_ready_variant_opens() -> None:
    assert openable(READY) is READY


def test_a_pending_variant_says_when_to_ask_again() -> None:
    with pytest.raises(VariantNotReady, match="thumb") as refused:
        openable(variant())
    assert refused.value.code == "variant_not_ready"
    assert refused.value.retry_after


def test_a_failed_variant_says_why() -> None:
    with pytest.raises(VariantFailed, match="too wide") as refused:
        openable(FAILED)
    assert (refused.value.code, refused.value.retry_after) == ("variant_failed", None)


def test_a_variant_is_found_by_its_name_alone() -> None:
    assert file(READY, FAILED).variant("b") is FAILED
    for name in ("c", "A", ""):
        with pytest.raises(VariantUnknown) as refused:
            file(READY, FAILED).variant(name)
        assert refused.value.code == "variant_unknown"


def test_a_variant_made_after_a_failure_forgets_the_reason_and_keeps_its_address() -> None:
    made = FAILED.made(width=3, height=2, size=100)
    assert (made.status, made.reason) == (VariantStatus.READY, None)
    assert (made.width, made.height, made.size) == (3, 2, 100)
    assert (made.name, made.key, made.recipe) == (FAILED.name, FAILED.key, FAILED.recipe)


def test_a_refused_variant_keeps_the_reason_and_its_address() -> None:
    refused = variant().refused("too wide")
    assert (refused.status, refused.reason, refused.key) == (VariantStatus.FAILED, "too wide", variant().key)


@pytest.mark.parametrize("status", VariantStatus)
def test_the_planner_counts_only_ready_variants_as_there(status: VariantStatus) -> None:
    assert variant("a", status).held() == HeldVariant("a", "r1", ready=status is VariantStatus.READY)


def test_a_variant_that_is_awaited_again_forgets_what_it_was_and_keeps_its_address() -> None:
    once = READY.made(width=3, height=2, size=100).awaited()
    assert (once.status, once.reason, once.width, once.height, once.size) == (
        VariantStatus.PENDING, None, None, None, None
    )  # fmt: skip
    assert FAILED.awaited().reason is None
    assert (once.name, once.key, once.recipe) == (READY.name, READY.key, READY.recipe)


def test_only_what_is_ready_takes_room() -> None:
    made = READY.made(width=3, height=2, size=100)
    assert file(made, FAILED, variant()).stored_bytes == 100
    assert replace(file(made), size=11).stored_bytes == 111
    assert replace(file(made), size=11, original_deleted_at=NOW).stored_bytes == 100
