"""What may come in."""

from collections.abc import Sequence

from domain.errors import Conflict, FieldError, Malformed, TooLarge, UnsupportedMedia
from domain.media import FileStatus, MediaFile
from domain.media_types import HEIC_TYPES
from domain.object_keys import is_picture
from domain.projects import QuotaExceeded
from domain.settings import OnDuplicate, ProjectSettings

SPARE = 1 << 16  # so much of what was announced may turn out to be other fields of the form


class EmptyUpload(Malformed):
    """A file without a single byte."""

    code = "empty_file"


class UploadTooLarge(TooLarge):
    """More bytes than this project, or this installation, takes in one file."""

    code = "upload_too_large"


class DuplicateFile(Conflict):
    """The project has a file with the same bytes, and wants each but once."""

    code = "duplicate_file"

    def __init__(self, there: MediaFile) -> None:
        errors = [FieldError("file", f"is there already: {there.id}")]
        super().__init__(f"the project has a file with these bytes already: {there.id}", errors=errors)


class TypeNotAllowed(UnsupportedMedia):
    """The bytes are of a type that this project or this door does not take."""

    code = "type_not_allowed"


def upload_limit(settings: ProjectSettings, installation: int) -> int | None:
    """The most bytes one file may have; the narrower of what the project and the installation say."""
    limits = [n for n in (settings.max_upload_bytes, installation) if n is not None and n >= 0]
    return min(limits, default=None)


def too_large(limit: int) -> UploadTooLarge:
    """The refusal of a file that has more bytes than it may."""
    return UploadTooLarge(f"a file may have at most {limit} bytes here")


def check_announced(announced: int | None, limit: int | None) -> None:
    """Refuse a file that is too large even if much of what was announced is something else."""
    if announced is not None and limit is not None and announced - SPARE > limit:
        raise UploadTooLarge(f"a file may have at most {limit} bytes here")


def reservation(size: int | None, announced: int | None, room: int) -> int:
    """How many bytes to keep free for a file of known, announced or unknown size; `QuotaExceeded` without hope."""
    least = size if size is not None else announced - SPARE if announced is not None else 1
    if least > room:
        raise QuotaExceeded(f"the project has room for {room} more bytes; this file has more")
    wanted = size if size is not None else announced if announced is not None else room
    return min(wanted, room)


def twin_of(file: MediaFile, same: Sequence[MediaFile], policy: OnDuplicate) -> MediaFile | None:
    """The file to use instead of a new one; `DuplicateFile` where a second one is not wanted.

    One that came by the other door was treated differently, and a picture that failed is better tried again.
    """
    if same and policy is OnDuplicate.REJECT:
        raise DuplicateFile(same[0])
    if policy is not OnDuplicate.REUSE:
        return None
    picture = is_picture(file.key)
    alike = (each for each in same if is_picture(each.key) == picture)
    return next((each for each in alike if not (picture and each.status is FileStatus.FAILED)), None)


def check_not_empty(*, empty: bool) -> None:
    """Refuse nothing at all."""
    if empty:
        raise EmptyUpload("the file is empty")


def check_picture(mime_type: str, taken: frozenset[str], *, empty: bool) -> None:
    """Refuse what is no picture we read."""
    check_not_empty(empty=empty)
    if mime_type not in taken:
        reader = "; reading HEIC takes the extra 'heic' of darkroom-media" if mime_type in HEIC_TYPES else ""
        raise TypeNotAllowed(f"these bytes are {mime_type}; this door takes {', '.join(sorted(taken))}{reader}")


def check_type(settings: ProjectSettings, mime_type: str) -> None:
    """Refuse a type that a project does not want."""
    allowed = settings.allowed_types
    if allowed is not None and not any(_matches(mime_type, pattern) for pattern in allowed):
        raise TypeNotAllowed(f"this project does not take {mime_type}; it takes {', '.join(allowed) or 'nothing'}")


def _matches(mime_type: str, pattern: str) -> bool:
    return mime_type == pattern or (pattern.endswith("/*") and mime_type.startswith(pattern[:-1]))
