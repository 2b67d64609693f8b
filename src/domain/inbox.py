"""Uploads that are announced first, sent straight to the store, and only then looked at."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.errors import Conflict, FieldError, Gone, Invalid, NotFound
from domain.media import FileStatus, MediaFile
from domain.object_keys import incoming_key

WRITABLE_FOR = timedelta(hours=1)
ABANDONED_AFTER = timedelta(days=1)
REMEMBERED_FOR = timedelta(days=30)
LATE = timedelta(minutes=5)
"""Clocks differ, and whoever began to send while the link was good may go on for a while."""

PATIENCE = timedelta(minutes=1)
"""After so long, whoever began to complete an upload and was not heard of since counts as dead."""

HASHED_AT_ONCE = 64 * 1024 * 1024
THUMBNAIL = "thumbnail"
PERSONAL_NAME = "Inbox"
PERSONAL_VARIANTS = {THUMBNAIL: {"format": "webp", "width": 300, "height": 300, "fit": "cover"}}


class UploadMissing(NotFound):
    """No such upload of this caller."""

    code = "upload_not_found"


class AssetMissing(NotFound):
    """No such asset of this caller."""

    code = "asset_not_found"


class UploadExpired(Gone):
    """Nobody completed it in time."""

    code = "upload_expired"


class UploadDone(Conflict):
    """It is completed, and takes no more bytes."""

    code = "upload_completed"


class UploadBusy(Conflict):
    """Other bytes that were sent for it are being completed at this moment."""

    code = "upload_busy"


class NotArrived(Invalid):
    """Nothing lies where the upload was to go."""

    code = "upload_not_arrived"


class UploadMismatch(Invalid):
    """What was sent is not what was announced."""

    code = "upload_mismatch"


def mismatch(field: str, told: str) -> UploadMismatch:
    """The refusal of what is not as it was announced."""
    return UploadMismatch(f"{field} {told}", errors=[FieldError(field, told)])


@dataclass(frozen=True, slots=True)
class PresignedUpload:
    """An upload that was announced. Whoever has its link may write until `expires_at`, and again over what was sent.

    So what is completed is pinned first: these bytes (`etag`) become this file (`file_id`), whoever goes on with it
    and however often. `gone_at` is when nobody needs to remember it any more.
    """

    id: UUID
    owner_id: UUID
    project_id: UUID
    filename: str
    content_type: str
    size: int
    created_at: datetime
    expires_at: datetime
    gone_at: datetime
    sha256: str | None = None
    etag: str | None = None
    file_id: UUID | None = None
    file_key: str | None = None
    pinned_at: datetime | None = None
    status: FileStatus | None = None
    completed_at: datetime | None = None

    @property
    def object_key(self) -> str:
        """Where its bytes are sent."""
        return incoming_key(self.id)

    @property
    def done(self) -> bool:
        """Whether it is completed."""
        return self.completed_at is not None

    @property
    def left(self) -> bool:
        """Whether its owner or its project is gone, so that nothing that is sent for it is wanted any more."""
        return not self.done and self.gone_at <= self.expires_at + LATE

    def require_wanted(self) -> None:
        """Refuse what is sent for it although its owner may not go on with it."""
        if self.left:
            raise UploadExpired("whoever announced this upload may not go on with it; announce another one")

    def given_up(self, now: datetime) -> bool:
        """Whether nobody completed it in time."""
        return not self.done and now >= self.gone_at

    def held_up(self, now: datetime) -> bool:
        """Whether somebody may still be at completing it."""
        return self.pinned_at is not None and now - self.pinned_at < PATIENCE

    def pinned(self, etag: str, file: MediaFile, now: datetime) -> "PresignedUpload":
        """The same upload, about to become this file."""
        return replace(self, etag=etag, file_id=file.id, file_key=file.key, pinned_at=now)

    def unpinned(self) -> "PresignedUpload":
        """The same upload, as if nothing had been sent yet."""
        return replace(self, etag=None, file_id=None, file_key=None, pinned_at=None)

    def completed(self, file: MediaFile, now: datetime) -> "PresignedUpload":
        """The same upload, now this file."""
        pinned = self.pinned(self.etag or "", file, now)
        return replace(pinned, status=file.status, completed_at=now, gone_at=now + REMEMBERED_FOR)

    def expected_sha256(self, told: str | None) -> str | None:
        """What the hash must be, by what was told first and at last."""
        if told is not None and self.sha256 is not None and told != self.sha256:
            raise Invalid(
                "sha256 is not the one that was announced",
                errors=[FieldError("sha256", "is not the one that was announced")],
            )
        return told or self.sha256
