"""Where things lie in the store: the one place that builds object keys."""

import re
import unicodedata
from datetime import date
from fnmatch import fnmatchcase
from uuid import UUID

_NOT_SLUG = re.compile(r"[^a-z0-9]+")
LONGEST_SLUG = 48
_PREFIX = rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_SLUG - 1}}}-([0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})/"
APART = "private/"
"""What begins the keys of what no stranger may read from the store itself."""
_LIKE_OURS = re.compile(rf"(?:{APART})?{_PREFIX}.+", re.DOTALL)
_INCOMING = re.compile(r"incoming/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
_CURATED = r"\d{4}/\d{2}/\d{2}/[0-9a-f]{32}\.(?:jpg|png|gif|webp|tiff|avif|heic|heif)"
_ORIGINAL = re.compile(rf"{_PREFIX}(?:images/original/.+|{_CURATED})", re.DOTALL)

KEPT = ("*/files/*", "*/images/*", "*/????/??/??/*")
"""Patterns (`*` and `?`) of the keys under which bytes lie for good; what has only just come in lies under none,
nor does what lies apart."""


def is_kept(key: str) -> bool:
    """Whether bytes lie under this key for good, and never others than the first ones."""
    return any(fnmatchcase(public_key(key), pattern) for pattern in KEPT)


def slugify(name: str) -> str:
    """A project's name in characters every store and URL takes."""
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", plain).strip("-")[:LONGEST_SLUG].rstrip("-") or "project"


def project_prefix(slug: str, project_id: UUID) -> str:
    """What all keys of a project begin with."""
    return f"{slug}-{project_id}/"


def project_prefixes(slug: str, project_id: UUID) -> tuple[str, ...]:
    """The same, and what begins the keys of its blobs that lie apart."""
    prefix = project_prefix(slug, project_id)
    return prefix, f"{APART}{prefix}"


def file_key(slug: str, project_id: UUID, file_id: UUID, extension: str) -> str:
    """The key of a plain file."""
    return f"{project_prefix(slug, project_id)}files/{file_id}.{extension}"


def original_key(slug: str, project_id: UUID, file_id: UUID, extension: str) -> str:
    """The key of an uploaded picture."""
    return f"{project_prefix(slug, project_id)}images/original/{file_id}.{extension}"


def variant_key(
    slug: str, project_id: UUID, name: str, file_id: UUID, extension: str, recipe: str | None = None
) -> str:
    """The key of a variant; `recipe` is named once it is not the first one, so that a key never holds two pictures."""
    suffix = f"-{recipe[:8]}" if recipe else ""
    return f"{project_prefix(slug, project_id)}images/{name}/{file_id}{suffix}.{extension}"


def project_of(key: str) -> UUID | None:
    """The project below whose prefix a key lies, be it ours or that of another installation; None for any other."""
    found = _LIKE_OURS.fullmatch(key)
    return UUID(found[1]) if found else None


def arrival_key(slug: str, project_id: UUID, file_id: UUID, extension: str) -> str:
    """Where bytes lie until it is known what their key will be."""
    return f"{project_prefix(slug, project_id)}incoming/{file_id}.{extension}"


def curated_key(slug: str, project_id: UUID, day: date, md5: str, extension: str) -> str:
    """The key of what was added to the library on this day."""
    return f"{project_prefix(slug, project_id)}{day:%Y/%m/%d}/{md5}.{extension}"


def private_key(key: str) -> str:
    """Where the same lies when no stranger may read it from the store itself.

    It is one name below its project, so that no pattern for what is public can be meant for it.
    """
    prefix, _, path = key.partition("/")
    return f"{APART}{prefix}/{path.replace('/', '~')}"


def is_apart(key: str) -> bool:
    """Whether it is a key that `private_key` made."""
    return key.startswith(APART)


def public_key(key: str) -> str:
    """The key that `private_key` was given; any other as it is."""
    if not is_apart(key):
        return key
    prefix, _, path = key.removeprefix(APART).partition("/")
    return f"{prefix}/{path.replace('~', '/')}"


def path_in_project(key: str) -> str:
    """A key without the prefix of its project."""
    return public_key(key).partition("/")[2]


def incoming_key(upload_id: UUID) -> str:
    """Where the bytes of an upload lie that was announced beforehand, until it is completed."""
    return f"incoming/{upload_id}"


def incoming_upload(key: str) -> UUID | None:
    """The upload whose bytes lie under this key, when it is such a key."""
    found = _INCOMING.fullmatch(key)
    return UUID(found[1]) if found else None


def is_picture(key: str) -> bool:
    """Whether it is the key of an uploaded picture, and so of something that variants are made of."""
    return _ORIGINAL.fullmatch(public_key(key)) is not None
