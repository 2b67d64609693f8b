"""What can go wrong, in a handful of categories; each concrete error has a stable code.

A door translates categories (never single errors) into its own statuses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field of what a caller sent."""

    field: str
    message: str


class DarkroomError(Exception):
    """Anything Darkroom refuses on purpose; `detail` tells the caller what to do."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str, *, errors: Sequence[FieldError] = (), retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after = retry_after


class Malformed(DarkroomError):
    """It cannot be read at all."""

    code = "malformed_request"


class Invalid(DarkroomError):
    """It can be read, but breaks a rule."""

    code = "validation_failed"


class NotSignedIn(DarkroomError):
    """Nobody we know is asking."""

    code = "not_signed_in"


class Forbidden(DarkroomError):
    """We know who asks, and they may not."""

    code = "forbidden"


class NotFound(DarkroomError):
    """Absent, or another tenant's: nobody can tell which."""

    code = "not_found"


class Gone(DarkroomError):
    """It was here and was removed on purpose."""

    code = "gone"


class Conflict(DarkroomError):
    """It contradicts what is already there."""

    code = "conflict"


class AlreadyThere(Conflict):
    """Something else has this id, this name or this key."""

    code = "already_there"


class ParentMissing(Conflict):
    """What it belongs to is gone, or something still belongs to it."""

    code = "parent_missing"


class TooLarge(DarkroomError):
    """More bytes than allowed."""

    code = "too_large"


class UnsupportedMedia(DarkroomError):
    """Bytes of a kind this door does not take."""

    code = "unsupported_media_type"


class TooMany(DarkroomError):
    """Too often; `retry_after` says when again."""

    code = "rate_limited"


class Outage(DarkroomError):
    """The outside is to blame: the same may go well later, so `retry_after` says when to ask again."""

    blames_the_job: ClassVar[bool] = False

    def __init__(self, detail: str, *, retry_after: float = 5) -> None:
        super().__init__(detail, retry_after=retry_after)


class Unavailable(Outage):
    """Something we depend on does not answer."""

    code = "unavailable"


class StorageFull(Outage):
    """There is no room left for the bytes."""

    code = "storage_full"
