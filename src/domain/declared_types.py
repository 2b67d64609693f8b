"""What a sender says of a file's type, held against what its bytes say."""

from domain import media_types
from domain.media_kinds import MediaKind
from domain.media_types import MediaType

ANYTHING = frozenset({"application/octet-stream", "binary/octet-stream"})

_SAME = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/x-png": "image/png",
    "image/tif": "image/tiff",
    "image/x-icon": media_types.ICO.mime,
    "image/x-ms-bmp": "image/bmp",
    "image/heif": "image/heic",
    "image/heic-sequence": "image/heic",
    "image/heif-sequence": "image/heic",
    "image/avif-sequence": "image/avif",
    "application/x-zip-compressed": "application/zip",
    "application/x-gzip": "application/gzip",
    "application/x-pdf": "application/pdf",
    "text/xml": "application/xml",
}
_NAMED = {each.mime: each for each in vars(media_types).values() if isinstance(each, MediaType)}
_TEXTS = frozenset(
    {
        each.mime
        for each in (
            media_types.PLAIN_TEXT, media_types.CSV, media_types.TAB_SEPARATED, media_types.MARKDOWN, media_types.YAML,
            media_types.SUBTITLES, media_types.JSON, media_types.XML, media_types.HTML, media_types.SVG,
        )
    }
)  # fmt: skip
_PLAYED = frozenset({MediaKind.VIDEO, MediaKind.AUDIO})


def plain_type(declared: str) -> str:
    """A declared type in lower case, without its parameters."""
    return declared.partition(";")[0].strip().lower()


def fits_declared(declared: str, found: MediaType) -> bool:
    """Whether the bytes can be what the sender calls them; a type that has no mark of its own is believed."""
    told, seen = _usual(plain_type(declared)), _usual(found.mime)
    if told in ANYTHING or told == seen:
        return True
    family = told.partition("/")[0]
    if family in {"video", "audio"}:
        # One container holds sound, moving pictures or both, and its first bytes often do not tell.
        return found.kind in _PLAYED or found == media_types.OGG
    if family == "image":
        return told not in _NAMED and found.kind is MediaKind.IMAGE
    if told in _TEXTS or (family == "text" and told not in _NAMED):
        return seen in _TEXTS
    if found == media_types.ZIP:
        return told not in _NAMED or _NAMED[told].extension in _ZIPPED
    return told not in _NAMED


_ZIPPED = frozenset({"docx", "xlsx", "pptx", "epub", "odt", "ods", "odp", "odg", "apk", "jar"})


def _usual(mime: str) -> str:
    return _SAME.get(mime, mime)
