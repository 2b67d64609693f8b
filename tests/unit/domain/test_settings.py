"""A project's settings: what is right comes back unchanged, what is wrong is named, all of it at once."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import media_types
from domain.errors import Invalid
from domain.media_types import MediaType
from domain.settings import (
    LARGEST_QUOTA,
    LARGEST_UPLOAD,
    LONGEST_SIDE_ASKED,
    LONGEST_TYPE,
    MOST_ERRORS,
    MOST_TYPES,
    MOST_VARIANTS,
    VARIANT_NAME,
    OnDuplicate,
    ProjectSettings,
    StripMetadata,
    Visibility,
    read_settings,
    stored_settings,
)
from domain.variants import Fit, Gravity, ImageFormat, VariantSpec
from tests.tables import over_rows

SIDES = st.none() | st.integers(1, LONGEST_SIDE_ASKED)
SPECS = st.builds(
    VariantSpec,
    format=st.sampled_from(ImageFormat),
    width=SIDES,
    height=SIDES,
    max_width=SIDES,
    max_height=SIDES,
    fit=st.sampled_from(Fit),
    quality=st.none() | st.integers(1, 100),
    effort=st.none() | st.integers(0, 9),
    gravity=st.sampled_from(Gravity),
    background=st.none() | st.from_regex(r"#([0-9a-f]{3}|[0-9a-f]{6})", fullmatch=True),
    enlarge=st.booleans(),
)
NAMES = st.from_regex(VARIANT_NAME, fullmatch=True).filter(lambda name: name != "original")
SETTINGS = st.builds(
    ProjectSettings,
    variants=st.dictionaries(NAMES, SPECS, max_size=4).map(MappingProxyType),
    quota=st.none() | st.integers(-1, LARGEST_QUOTA),
    keep_original=st.booleans(),
    visibility=st.sampled_from(Visibility),
    auto_sync=st.booleans(),
    on_duplicate=st.sampled_from(OnDuplicate),
    strip_metadata=st.sampled_from(StripMetadata),
    allowed_types=st.none() | st.lists(st.sampled_from(["image/jpeg", "image/*", "application/pdf"])).map(tuple),
    max_upload_bytes=st.none() | st.integers(-1, LARGEST_UPLOAD),
)


def wrong(data: Mapping[str, Any]) -> dict[str, str]:
    """What `read_settings` has against the data, by field."""
    with pytest.raises(Invalid) as refused:
        read_settings(data)
    assert all(error.field in refused.value.detail for error in refused.value.errors)
    return {error.field: error.message for error in refused.value.errors}


def thumb(**recipe: Any) -> dict[str, Any]:
    return {"variants": {"thumb": recipe}}


def read_thumb(**recipe: Any) -> VariantSpec:
    return read_settings(thumb(**recipe)).variants["thumb"]


@pytest.mark.slow
@given(SETTINGS)
def test_settings_survive_being_written_as_plain_data_and_read(settings: ProjectSettings) -> None:
    told = settings.to_mapping()
    assert json.loads(json.dumps(told)) == told
    assert read_settings(told) == settings
    assert list(read_settings(told).variants) == list(settings.variants)


def test_nothing_said_means_the_defaults() -> None:
    assert read_settings({}) == ProjectSettings()
    assert ProjectSettings().to_mapping() == {
        "variants": {},
        "keep_original": True,
        "visibility": "public",
        "auto_sync": True,
        "on_duplicate": "allow",
        "strip_metadata": "all",
    }


def test_null_means_the_default() -> None:
    names = ProjectSettings.__slots__
    assert read_settings(dict.fromkeys(names)) == ProjectSettings()
    assert read_thumb(**dict.fromkeys(VariantSpec.__slots__)) == VariantSpec()


def test_a_written_variant_leaves_out_what_was_left_to_its_default() -> None:
    told = read_settings(thumb(width=300, fit="cover")).to_mapping()["variants"]
    assert told == {"thumb": {"format": "original", "width": 300, "fit": "cover"}}


@over_rows(
    ("field", "alias", "meant"),
    [
        ("format", "jpg", ImageFormat.JPEG),
        ("fit", "center-crop", Fit.COVER),
        ("fit", "inside", Fit.CONTAIN),
        ("fit", "stretch", Fit.FILL),
        ("fit", "exact", Fit.FILL),
        ("gravity", "center", Gravity.CENTRE),
        ("gravity", "top", Gravity.NORTH),
        ("gravity", "bottom", Gravity.SOUTH),
        ("gravity", "left", Gravity.WEST),
        ("gravity", "right", Gravity.EAST),
    ],
)
def test_other_names_for_the_same(field: str, alias: str, meant: object) -> None:
    assert getattr(read_thumb(**{field: alias}), field) is meant


@pytest.mark.parametrize(
    ("field", "kind"),
    [("format", ImageFormat), ("fit", Fit), ("gravity", Gravity)],
)
def test_every_choice_can_be_made(field: str, kind: type[ImageFormat | Fit | Gravity]) -> None:
    assert [getattr(read_thumb(**{field: choice.value}), field) for choice in kind] == list(kind)


def test_image_variants_are_the_variants() -> None:
    assert read_settings({"image_variants": {"thumb": {"width": 3}}}) == read_settings(thumb(width=3))
    assert read_settings({"image_variants": None}) == ProjectSettings()
    assert "image_variants" not in read_settings({"image_variants": {}}).to_mapping()


def test_mistakes_are_named_as_they_were_sent() -> None:
    data = {"image_variants": {"thumb": {"width": 0}, "BAD": {}, "worse": 3}}
    assert set(wrong(data)) == {
        "settings.image_variants.thumb.width",
        "settings.image_variants.BAD",
        "settings.image_variants.worse",
    }


@pytest.mark.parametrize("variants", [{}, None, {"a": {}}])
def test_one_of_both_names_is_enough(variants: object) -> None:
    assert set(wrong({"variants": variants, "image_variants": {}})) == {"settings.image_variants"}


def test_every_mistake_is_named_at_once() -> None:
    data = {
        "quota": -2,
        "keep_original": "yes",
        "visibility": "secret",
        "auto_sync": 1,
        "on_duplicate": "",
        "strip_metadata": ["all"],
        "allowed_types": "image/png",
        "max_upload_bytes": 1.5,
        "colour": "red",
        "variants": {
            "Thumb": {},
            "original": {},
            "list": [],
            "thumb": {
                "format": "gif",
                "width": 0,
                "height": "300",
                "max_width": LONGEST_SIDE_ASKED + 1,
                "max_height": -1,
                "fit": "crop",
                "quality": 101,
                "effort": 10,
                "gravity": "up",
                "background": "red",
                "enlarge": 1,
                "blur": 3,
            },
        },
    }
    inside = {f"settings.variants.thumb.{name}" for name in data["variants"]["thumb"]}  # type: ignore[index]
    around = {f"settings.{name}" for name in data} - {"settings.variants"}
    assert set(wrong(data)) == inside | around | {f"settings.variants.{name}" for name in ("Thumb", "original", "list")}


def test_the_choices_are_told() -> None:
    assert wrong({"visibility": "x"}) == {"settings.visibility": "must be one of public, private"}
    assert "center-crop" in wrong(thumb(fit="x"))["settings.variants.thumb.fit"]
    assert wrong({"colour": 1}) == {"settings.colour": "is not a setting"}


@over_rows(
    ("field", "least", "most"),
    [("width", 1, 16_384), ("max_height", 1, 16_384), ("quality", 1, 100), ("effort", 0, 9)],
)
def test_numbers_have_bounds(field: str, least: int, most: int) -> None:
    for value in (least, most):
        assert getattr(read_thumb(**{field: value}), field) == value
        assert isinstance(getattr(read_thumb(**{field: float(value)}), field), int)
    beyond: list[object] = [least - 1, most + 1, True, False, least + 0.5, "1", [1], 10**400, -(10**400), float("nan")]
    for bad in beyond:
        assert set(wrong(thumb(**{field: bad}))) == {f"settings.variants.thumb.{field}"}


@pytest.mark.parametrize(("field", "most"), [("quota", LARGEST_QUOTA), ("max_upload_bytes", LARGEST_UPLOAD)])
def test_limits_may_be_off(field: str, most: int) -> None:
    for value in (-1, 0, 1, most):
        assert getattr(read_settings({field: value}), field) == value
    for bad in (-2, most + 1, True, False, 1.5, "1", 10**400):
        assert set(wrong({field: bad})) == {f"settings.{field}"}


@over_rows("field", ["keep_original", "auto_sync"])
@over_rows("value", [0, 1, "true", "", [], {}])
def test_only_true_and_false_are_yes_and_no(field: str, value: object) -> None:
    assert wrong({field: value}) == {f"settings.{field}": "must be true or false"}


@over_rows("name", ["a", "0", "thumb-2_x", "a" * 63])
def test_names_a_variant_may_have(name: str) -> None:
    assert set(read_settings({"variants": {name: {}}}).variants) == {name}


@over_rows(
    "name", ["", "A", "-a", "_a", "a b", "a/b", "..", "a.b", "a" * 64, "ä", "a\n", "a\x00", "\ud800", "original"]
)
def test_names_no_variant_may_have(name: str) -> None:
    assert set(wrong({"variants": {name: {}}})) == {f"settings.variants.{name}"}


def test_there_can_be_too_many_variants() -> None:
    many = {f"v{number}": {"width": 1} for number in range(MOST_VARIANTS)}
    assert len(read_settings({"variants": many}).variants) == MOST_VARIANTS
    assert set(wrong({"variants": {**many, "one-more": {}}})) == {"settings.variants"}


def test_colours_are_read() -> None:
    assert [read_thumb(background=colour).background for colour in ("#FFF", "#a0B1c2")] == ["#fff", "#a0b1c2"]
    for bad in ("fff", "#ff", "#ffff", "#ggg", "#fff\n", "#١٢٣", 0xFFF, ["#fff"]):
        assert set(wrong(thumb(background=bad))) == {"settings.variants.thumb.background"}


def test_neither_lists_nor_mistakes_are_without_end() -> None:
    assert set(wrong({"allowed_types": ["a/b"] * (MOST_TYPES + 1)})) == {"settings.allowed_types"}
    assert set(wrong({"allowed_types": [f"a/{'b' * LONGEST_TYPE}"]})) == {"settings.allowed_types"}
    assert len(wrong({f"nothing-{number}": 1 for number in range(5000)})) == MOST_ERRORS


def test_media_types_are_read() -> None:
    every = sorted({kind.mime for kind in vars(media_types).values() if isinstance(kind, MediaType)})
    assert len(every) > 50
    assert read_settings({"allowed_types": [*every, "image/*"]}).allowed_types == (*every, "image/*")
    assert read_settings({"allowed_types": []}).allowed_types == ()
    others: list[object] = ["a/b", ["*/*"], ["image"], ["image/"], ["image/png "], ["image/png\x00"], [1], [None], {}]
    for bad in others:
        assert set(wrong({"allowed_types": bad})) == {"settings.allowed_types"}


KEYS = st.text(st.characters(exclude_categories=()), max_size=8) | st.sampled_from(
    [*ProjectSettings.__slots__, "image_variants", *VariantSpec.__slots__, "thumb", "original", "\x00", "\ud800"]
)
HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**4000, -(10**400), 1 << 63])
    | st.floats()
    | st.text(st.characters(exclude_categories=()))
    | st.sampled_from(["jpg", "cover", "exact", "#fff", "public", "image/*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.slow
@given(st.dictionaries(KEYS, HOSTILE, max_size=6))
def test_whatever_is_sent_is_read_or_invalid(data: dict[str, Any]) -> None:
    try:
        settings = read_settings(data)
    except Invalid:
        assert all(field.startswith("settings.") for field in wrong(data))
    else:
        assert read_settings(settings.to_mapping()) == settings


@pytest.mark.slow
@over_rows("name", ["variants", "quota", "allowed_types", "visibility", "nobody-knows-this"])
def test_depth_is_no_danger(name: str) -> None:
    deep: object = 1
    for _ in range(100_000):
        deep = {"a": deep}
    assert wrong({name: deep})


def test_reading_leaves_what_was_sent_alone_and_keeps_its_own() -> None:
    sent = {"image_variants": {"thumb": {"width": 3}}}
    settings = read_settings(sent)
    assert sent == {"image_variants": {"thumb": {"width": 3}}}
    sent["image_variants"]["other"] = {}
    assert set(settings.variants) == {"thumb"}


@pytest.mark.slow
@given(SETTINGS)
def test_what_was_kept_reads_back_equal(settings: ProjectSettings) -> None:
    assert stored_settings(settings.to_mapping()) == settings


def test_what_a_newer_program_kept_is_left_to_its_default() -> None:
    kept = {
        "visibility": "friends",
        "keep_original": "sometimes",
        "quota": 7,
        "unheard_of": {"a": 1},
        "variants": {
            "thumb": {"format": "jxl", "width": 9, "shine": 3, "fit": "bend"},
            "Not A Name": {"width": 1},
            "odd": "text",
        },
    }
    assert stored_settings(kept) == ProjectSettings(
        quota=7, visibility=Visibility.PRIVATE, variants={"thumb": VariantSpec(width=9)}
    )


def test_more_variants_than_may_be_asked_for_are_kept() -> None:
    many = {f"v{number}": {"width": 1} for number in range(MOST_VARIANTS + 1)}
    assert len(stored_settings({"variants": many}).variants) == MOST_VARIANTS + 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.slow
@given(JSON | st.dictionaries(st.sampled_from([*ProjectSettings.__slots__, "image_variants"]), JSON))
def test_nothing_that_was_kept_raises(data: object) -> None:
    assert isinstance(stored_settings(data), ProjectSettings)
