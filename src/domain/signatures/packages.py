"""What kind of package a ZIP archive is, as far as its first entries tell."""

from collections.abc import Iterator

from domain import media_types as t
from domain.media_types import MediaType

_ENTRY = b"PK\x03\x04"
_ARCHIVES = (_ENTRY, b"PK\x05\x06", b"PK\x07\x08")
_FIXED_PART = 30
_MOST_ENTRIES = 64

_BY_MIMETYPE = {known.mime.encode(): known for known in (t.EPUB, t.ODT, t.ODS, t.ODP, t.ODG)}
_BY_ENTRY: tuple[tuple[bytes, MediaType], ...] = (
    (b"word/", t.DOCX),
    (b"xl/", t.XLSX),
    (b"ppt/", t.PPTX),
    (b"AndroidManifest.xml", t.APK),
    (b"classes.dex", t.APK),
    (b"resources.arsc", t.APK),
    (b"META-INF/MANIFEST.MF", t.JAR),
)


def _entries(head: bytes) -> Iterator[tuple[bytes, int]]:
    """Names of the entries in the head, and where the bytes of each begin."""
    at = 0
    for _ in range(_MOST_ENTRIES):
        at = head.find(_ENTRY, at)
        if at < 0:
            return
        name_ends = at + _FIXED_PART + int.from_bytes(head[at + 26 : at + 28], "little")
        content_at = name_ends + int.from_bytes(head[at + 28 : at + 30], "little")
        yield head[at + _FIXED_PART : name_ends], content_at
        at += len(_ENTRY)


def zip_family(head: bytes) -> MediaType | None:
    """A ZIP, or the package format built on it."""
    if not head.startswith(_ARCHIVES):
        return None
    entries = list(_entries(head))
    if entries and entries[0][0] == b"mimetype":
        content = head[entries[0][1] : entries[0][1] + 128]
        return next((found for mime, found in _BY_MIMETYPE.items() if _says(content, mime)), t.ZIP)
    names = [name for name, _ in entries]
    return next((found for start, found in _BY_ENTRY if any(name.startswith(start) for name in names)), t.ZIP)


def _says(content: bytes, mime: bytes) -> bool:
    """Whether the stored content is this very type, and not a longer one such as a template's."""
    return content.startswith(mime) and not content[len(mime) : len(mime) + 1].startswith(b"-")
