"""What may come in."""

from domain.errors import Malformed, UnsupportedMedia
from domain.settings import ProjectSettings


class EmptyUpload(Malformed):
    """A file without a single byte."""

    code = "empty_file"


class TypeNotAllowed(UnsupportedMedia):
    """The bytes are of a type that this project or this door does not take."""

    code = "type_not_allowed"


def upload_limit(settings: ProjectSettings, installation: int) -> int | None:
    """The most bytes one file may have; the narrower of what the project and the installation say."""
    limits = [n for n in (settings.max_upload_bytes, installation) if n is not None and n >= 0]
    return min(limits, default=None)


def check_not_empty(*, empty: bool) -> None:
    """Refuse nothing at all."""
    if empty:
        raise EmptyUpload("the file is empty")


def check_picture(mime_type: str, taken: frozenset[str], *, empty: bool) -> None:
    """Refuse what is no picture we read."""
    check_not_empty(empty=empty)
    if mime_type not in taken:
        raise TypeNotAllowed(f"these bytes are {mime_type}; this door takes {', '.join(sorted(taken))}")


def check_type(settings: ProjectSettings, mime_type: str) -> None:
    """Refuse a type that a project does not want."""
    allowed = settings.allowed_types
    if allowed is not None and not any(_matches(mime_type, pattern) for pattern in allowed):
        raise TypeNotAllowed(f"this project does not take {mime_type}; it takes {', '.join(allowed) or 'nothing'}")


def _matches(mime_type: str, pattern: str) -> bool:
    return mime_type == pattern or (pattern.endswith("/*") and mime_type.startswith(pattern[:-1]))
