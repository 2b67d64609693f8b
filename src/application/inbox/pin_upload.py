"""Which of the bytes that may be sent by a link become a file."""

from dataclasses import dataclass, replace

from application.inbox.arrivals import Arrivals
from application.inbox.examine_upload import Found
from application.inbox.presign_upload import require_room
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.clock import Clock
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import EVERYTHING
from domain.errors import Conflict
from domain.inbox import PresignedUpload, UploadBusy, UploadMissing
from domain.media import FileStatus, MediaFile
from domain.projects import Project, ProjectMissing


class Overtaken(Conflict):
    """Somebody else went on with it meanwhile."""

    code = "upload_overtaken"


@dataclass(frozen=True, slots=True)
class PinUpload:
    """Agree with everybody else who completes the same upload on what it becomes, before any byte is moved.

    Two requests that saw the same bytes work towards the same file; one that saw others waits for those before it, or
    takes the place of whoever died.
    """

    store: Store
    blobs: BlobStore
    arrivals: Arrivals
    clock: Clock

    async def __call__(self, project: Project, upload: PresignedUpload, lying: BlobInfo, found: Found) -> MediaFile:
        """The hidden file that these bytes become."""
        now, left = self.clock.now(), None
        async with self.store.begin() as unit:
            current = await current_upload(unit, upload)
            pinned = await self._pinned(unit, current)
            if pinned is not None and (lying.key == pinned.key or lying.etag == current.etag):
                return replace(pinned, size=upload.size)
            if pinned is not None:
                if current.held_up(now):
                    raise UploadBusy("other bytes of this upload are being completed; try again", retry_after=1)
                await unit.files.remove(pinned.id)
                left = pinned.key
            await require_room(unit, await held_project(unit, project), upload)
            file = self.arrivals.pending(project, upload, found, now)
            await unit.files.add(file)
            await unit.presigned_uploads.save(current.pinned(lying.etag, file, now))
            await unit.commit()
        if left is not None and left != lying.key:
            await self.blobs.remove(left)
        return file

    async def release(self, upload: PresignedUpload) -> None:
        """What was sent is refused: forget the hidden file and its bytes, so that others can be sent."""
        async with self.store.begin() as unit:
            current = await current_upload(unit, upload)
            pinned = await self._pinned(unit, current)
            if pinned is not None:
                await unit.files.remove(pinned.id)
            await unit.presigned_uploads.save(current.unpinned())
            await unit.commit()
        if pinned is not None:
            await self.blobs.remove(pinned.key)

    async def _pinned(self, unit: UnitOfWork, current: PresignedUpload) -> MediaFile | None:
        file = await unit.files.get(EVERYTHING, current.file_id) if current.file_id else None
        return file if file is not None and file.status is FileStatus.PENDING else None


async def held_project(unit: UnitOfWork, project: Project) -> Project:
    """The project, held against other units, if it is still there to be worked with."""
    held = await unit.projects.get(EVERYTHING, project.id)
    if held is None or not held.open:
        raise ProjectMissing("there is no such project")
    return held


async def current_upload(unit: UnitOfWork, upload: PresignedUpload) -> PresignedUpload:
    """The upload as it stands, held after its project; `Overtaken` when somebody has completed it."""
    await unit.projects.get(EVERYTHING, upload.project_id)
    current = await unit.presigned_uploads.get(upload.id)
    if current is None:
        raise UploadMissing("there is no such upload")
    if current.done:
        raise Overtaken("this upload is completed")
    return current
