"""Keys are safe in every store, whatever a project is called."""

import re
from datetime import date
from fnmatch import fnmatchcase
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain import media_types
from domain.blob_keys import check_key, check_prefix
from domain.media_types import MediaType
from domain.object_keys import (
    KEPT,
    LONGEST_SLUG,
    arrival_key,
    curated_key,
    file_key,
    incoming_key,
    is_apart,
    is_kept,
    is_picture,
    original_key,
    path_in_project,
    private_key,
    project_of,
    project_prefix,
    project_prefixes,
    public_key,
    slugify,
    variant_key,
)
from domain.settings import VARIANT_NAME
from tests.tables import over_rows

PROJECT, FILE = UUID("11111111-1111-4111-8111-111111111111"), UUID("22222222-2222-4222-8222-222222222222")
ANY_TEXT = st.text(st.characters(exclude_categories=()))
NAMES = st.from_regex(VARIANT_NAME, fullmatch=True)
EXTENSIONS = sorted({kind.extension for kind in vars(media_types).values() if isinstance(kind, MediaType)})
RECIPE = "0123456789abcdef"


@over_rows(
    ("name", "slug"),
    [
        ("My Shop", "my-shop"),
        ("  --Über  Größe!!", "uber-grosse"),
        ("Ünïcödé", "unicode"),
        ("ﬁne ᴬ", "fine-a"),
        ("a/b\\c..d", "a-b-c-d"),
        ("../../etc/passwd", "etc-passwd"),
        ("写真", "project"),
        ("", "project"),
        ("---", "project"),
        ("x" * 200, "x" * 48),
        ("x" * 47 + " y", "x" * 47),
        ("a\x00b\ud800c", "a-bc"),
    ],
)
def test_slugs(name: str, slug: str) -> None:
    assert slugify(name) == slug


@given(ANY_TEXT)
def test_a_slug_is_always_plain(name: str) -> None:
    slug = slugify(name)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
    assert len(slug) <= LONGEST_SLUG
    assert slugify(slug) == slug


@given(ANY_TEXT, NAMES, st.uuids(), st.uuids(), st.sampled_from(EXTENSIONS), st.sampled_from([None, RECIPE]))
def test_every_store_takes_every_key(
    name: str, variant: str, project: UUID, file: UUID, extension: str, recipe: str | None
) -> None:
    slug = slugify(name)
    keys = {
        file_key(slug, project, file, extension),
        original_key(slug, project, file, extension),
        variant_key(slug, project, variant, file, extension, recipe),
    }
    assert len(keys) == 3
    check_prefix(project_prefix(slug, project))
    for key in keys:
        check_key(key)
        assert key.isascii()
        assert key.startswith(project_prefix(slug, project))


def test_keys_are_those_of_the_contract() -> None:
    inside = f"my-shop-{PROJECT}"
    assert file_key("my-shop", PROJECT, FILE, "pdf") == f"{inside}/files/{FILE}.pdf"
    assert original_key("my-shop", PROJECT, FILE, "png") == f"{inside}/images/original/{FILE}.png"
    assert variant_key("my-shop", PROJECT, "thumb", FILE, "webp") == f"{inside}/images/thumb/{FILE}.webp"
    assert variant_key("my-shop", PROJECT, "thumb", FILE, "webp", RECIPE) == (
        f"{inside}/images/thumb/{FILE}-01234567.webp"
    )


@given(st.lists(st.tuples(ANY_TEXT, st.uuids()), unique_by=lambda project: project[1], min_size=2, max_size=2))
def test_no_project_lies_inside_another(projects: list[tuple[str, UUID]]) -> None:
    one, other = (project_prefix(slugify(name), project) for name, project in projects)
    assert not one.startswith(other)
    assert not other.startswith(one)


def test_which_keys_never_hold_anything_else() -> None:
    a, b = UUID(int=1), UUID(int=2)
    for key in (
        file_key("shop", a, b, "pdf"),
        original_key("incoming", a, b, "png"),
        variant_key("shop", a, "incoming", b, "webp"),
        curated_key("shop", a, date(2024, 5, 6), "0" * 32, "jpg"),
    ):
        assert is_kept(key), key
        assert is_kept(private_key(key)), key
    for key in (
        incoming_key(b),
        arrival_key("files", a, b, "png"),
        arrival_key("images", a, b, "png"),
        ".doctor/probe",
    ):
        assert not is_kept(key), key
        assert not is_kept(private_key(key)), key


@given(ANY_TEXT, NAMES, st.sampled_from(EXTENSIONS))
def test_what_lies_apart_is_matched_by_no_pattern_of_public_keys_and_leads_back(
    text: str, name: str, extension: str
) -> None:
    slug = slugify(text)
    for plain in (
        file_key(slug, PROJECT, FILE, extension),
        original_key(slug, PROJECT, FILE, extension),
        variant_key(slug, PROJECT, name, FILE, extension, RECIPE),
        curated_key(slug, PROJECT, date(2024, 5, 6), "0" * 32, "jpg"),
    ):
        apart = private_key(plain)
        check_key(apart)
        assert is_apart(apart)
        assert not is_apart(plain)
        assert not any(fnmatchcase(apart, pattern) for pattern in KEPT)
        assert any(fnmatchcase(plain, pattern) for pattern in KEPT)
        assert public_key(apart) == public_key(plain) == plain
        assert project_of(apart) == PROJECT
        assert is_picture(apart) is is_picture(plain)
        assert path_in_project(apart) == path_in_project(plain)
        assert any(apart.startswith(prefix) for prefix in project_prefixes(slug, PROJECT))
