"""An upload that was announced has been sent."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember
from application.inbox.examine_upload import ExamineUpload, Found
from application.inbox.pin_upload import Overtaken, PinUpload, current_upload
from application.ports.blob_moves import BlobChanged, BlobMoves
from application.ports.blob_store import BlobInfo, BlobMissing, BlobStore
from application.ports.clock import Clock
from application.ports.presigned_uploads import PresignedUploadReads
from application.ports.projects import ProjectReads
from application.ports.signals import Signals
from application.ports.unit_of_work import UnitOfWork
from application.uploads.keep_arrival import KeepArrival
from domain.access import UserCaller, scope_of
from domain.audit import AuditAction, Origin
from domain.errors import DarkroomError, FieldError, Invalid, Outage
from domain.inbox import NotArrived, PresignedUpload, UploadBusy, UploadExpired, UploadMissing
from domain.jobs import JOBS_TOPIC
from domain.media import FileMissing, MediaFile
from domain.object_keys import incoming_upload
from domain.projects import Project, ProjectMissing, QuotaExceeded

TRIES = 6
PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Sent:
    """Which upload somebody says is complete, by its id or its key, and the hash it must have."""

    upload_id: UUID | None = None
    object_key: str | None = None
    sha256: str | None = None

    @property
    def upload(self) -> UUID | None:
        """The id; nothing when the key is none of an upload."""
        named = incoming_upload(self.object_key) if self.object_key is not None else self.upload_id
        if self.upload_id is not None and named != self.upload_id:
            told = "is not the one of this upload"
            raise Invalid(f"object_key {told}", errors=[FieldError("object_key", told)])
        return named


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The steps by which bytes become a file: look at them, agree on the file, move them, show it."""

    examine: ExamineUpload
    pin: PinUpload
    moves: BlobMoves
    keep: KeepArrival


@dataclass(frozen=True, slots=True)
class CompleteUpload:
    """Make a file of what was sent, once, however often and by however many it is asked for."""

    uploads: PresignedUploadReads
    projects: ProjectReads
    blobs: BlobStore
    accept: Acceptance
    remember: Remember
    signals: Signals
    clock: Clock

    async def __call__(self, caller: UserCaller, sent: Sent, origin: Origin) -> PresignedUpload:
        """The upload as it was when it was completed."""
        for again in range(TRIES):
            # Somebody else may be quicker, or a commit go well although nobody hears of it.
            upload = await self._own(caller, sent)
            if upload.done:
                return upload
            with suppress(BlobMissing, BlobChanged, FileMissing, Overtaken):
                return await self._complete(caller, upload, sent, origin)
            await asyncio.sleep(PAUSE * again)
        raise UploadBusy("what is sent for this upload changes all the time; try again", retry_after=1)

    async def _own(self, caller: UserCaller, sent: Sent) -> PresignedUpload:
        upload = await self.uploads.get(sent.upload) if sent.upload else None
        if upload is None or upload.owner_id != caller.user_id:
            raise UploadMissing("there is no such upload")
        return upload

    async def _complete(
        self, caller: UserCaller, upload: PresignedUpload, sent: Sent, origin: Origin
    ) -> PresignedUpload:
        if upload.given_up(self.clock.now()):
            raise UploadExpired("this upload was not completed in time; announce it again")
        sha256 = upload.expected_sha256(sent.sha256)
        project = await self.projects.get(scope_of(caller), upload.project_id)
        if project is None or not project.open:
            raise ProjectMissing("there is no such project")
        upload.require_wanted()
        lying = await self._lying(upload)
        try:
            found = await self.accept.examine(upload, project, lying, sha256)
            file = await self.accept.pin(project, upload, lying, found)
            if lying.key != file.key:
                await self._move(lying, file)
            return await self._show(upload, project, file, found, sha256, origin)
        except (BlobChanged, QuotaExceeded):
            await self.accept.pin.release(upload)
            raise
        except (BlobMissing, FileMissing, Overtaken, UploadBusy, Outage):
            raise
        except DarkroomError:
            await self._refuse(upload)
            raise

    async def _lying(self, upload: PresignedUpload) -> BlobInfo:
        """Where the bytes are: as they were sent, or already where somebody who then died has moved them."""
        for key in (upload.object_key, upload.file_key):
            try:
                if key is not None:
                    return await self.blobs.stat(key)
            except BlobMissing:
                continue
        if (await self.uploads.get(upload.id)) != upload:
            raise Overtaken("somebody else is completing it")
        if self.clock.now() >= upload.expires_at:
            raise UploadExpired("nothing was sent while the link was good; announce the upload again")
        raise NotArrived("nothing has arrived for this upload yet; send the bytes first")

    async def _move(self, lying: BlobInfo, file: MediaFile) -> None:
        try:
            await self.accept.moves.move(lying.key, file.key, etag=lying.etag, content_type=file.mime_type)
        except (BlobMissing, BlobChanged) as gone:
            # Another request that saw the same bytes may have moved them here before.
            try:
                await self.blobs.stat(file.key)
            except BlobMissing:
                raise gone from None

    async def _show(
        self, upload: PresignedUpload, project: Project, file: MediaFile, found: Found, sha256: str | None,
        origin: Origin,
    ) -> PresignedUpload:  # fmt: skip
        ended: list[PresignedUpload] = []

        async def along(unit: UnitOfWork, shown: MediaFile) -> None:
            current = await current_upload(unit, upload)
            if current.file_id != file.id:
                raise Overtaken("other bytes were sent meanwhile")
            ended.append(current.completed(shown, self.clock.now()))
            await unit.presigned_uploads.save(ended[-1])
            told = {"upload_id": str(upload.id), "filename": shown.filename, "size": shown.size}
            about = f"asset:{shown.id}"
            await self.remember(unit, AuditAction.ASSET_COMPLETED, about, origin, project_id=project.id, **told)

        visible, job = self.accept.pin.arrivals.shown(project, file, found, sha256)
        shown = await self.accept.keep.show(project, visible, job, along)
        if shown.id != file.id:
            await self._drop(file.key)
        elif job is not None:
            await self.signals.send(JOBS_TOPIC)
        return ended[-1]

    async def _refuse(self, upload: PresignedUpload) -> None:
        """What was sent goes, with all that was made ready for it."""
        await self.accept.pin.release(upload)
        await self._drop(upload.object_key)

    async def _drop(self, key: str) -> None:
        """What cannot be removed now the sweep finds later."""
        try:
            await self.blobs.remove(key)
        except DarkroomError:
            return
