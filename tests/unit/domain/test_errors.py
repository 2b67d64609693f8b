"""Errors tell a caller what to do, under a code that never changes its meaning."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest

import application
import domain
from domain import errors
from domain.errors import DarkroomError, FieldError, Invalid, Outage, StorageFull, TooMany, Unavailable

CATEGORIES = {
    errors.Malformed: "malformed_request",
    errors.Invalid: "validation_failed",
    errors.NotSignedIn: "not_signed_in",
    errors.Forbidden: "forbidden",
    errors.NotFound: "not_found",
    errors.Gone: "gone",
    errors.Conflict: "conflict",
    errors.TooLarge: "too_large",
    errors.UnsupportedMedia: "unsupported_media_type",
    errors.TooMany: "rate_limited",
    errors.Unavailable: "unavailable",
    errors.StorageFull: "storage_full",
}


def kinds(of: type[DarkroomError] = DarkroomError) -> Iterator[type[DarkroomError]]:
    """Every error of the inner rooms."""
    for package in (domain, application):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for kind in of.__subclasses__():
        if kind is not Outage and kind.__module__.partition(".")[0] in {"domain", "application"}:
            yield kind
        yield from kinds(kind)


def categories(kind: type[DarkroomError]) -> list[type[DarkroomError]]:
    return [category for category in CATEGORIES if issubclass(kind, category)]


def test_the_categories_and_their_codes_stay() -> None:
    kinds = {*DarkroomError.__subclasses__(), *Outage.__subclasses__()} - {Outage}
    assert {kind: kind.code for kind in kinds if kind.__module__ == "domain.errors"} == CATEGORIES


@pytest.mark.slow
def test_every_error_belongs_to_one_category() -> None:
    for kind in kinds():
        assert len(categories(kind)) == 1, kind


@pytest.mark.slow
def test_every_code_is_a_slug_and_belongs_to_one_category() -> None:
    meanings: dict[str, set[type[DarkroomError]]] = {}
    for kind in kinds():
        meanings.setdefault(kind.code, set()).update(categories(kind))
    assert len(meanings) > len(CATEGORIES)
    for code, meant in meanings.items():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code)
        assert len(meant) == 1, code


@pytest.mark.slow
def test_whatever_is_more_special_than_a_category_has_a_code_of_its_own() -> None:
    general = set(CATEGORIES.values())
    assert [kind for kind in kinds() if kind.__module__ != "domain.errors" and kind.code in general] == []


def test_an_error_carries_what_a_caller_needs() -> None:
    error = Invalid("no", errors=[FieldError("a.b", "is wrong")])
    assert (str(error), error.detail, error.retry_after) == ("no", "no", None)
    assert error.errors == (FieldError("a.b", "is wrong"),)
    assert TooMany("slowly", retry_after=1.5).retry_after == 1.5


@pytest.mark.parametrize(
    ("error", "seconds"), [(Unavailable("down"), 5), (Unavailable("down", retry_after=1), 1), (StorageFull("full"), 5)]
)
def test_whoever_meets_an_outage_hears_when_to_come_back(error: Outage, seconds: float) -> None:
    assert error.retry_after == seconds
    assert not error.blames_the_job
