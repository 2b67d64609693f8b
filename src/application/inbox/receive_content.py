"""The bytes of an announced upload, sent to us because the store takes none from clients."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from application.inbox.presign_upload import require_room
from application.inbox.upload_links import UploadLinks
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.disk import Disk
from application.ports.presigned_uploads import PresignedUploadReads
from application.ports.unit_of_work import Store
from domain.access import EVERYTHING
from domain.inbox import PresignedUpload, UploadDone, UploadMissing, mismatch
from domain.projects import ProjectMissing


@dataclass(frozen=True, slots=True)
class SentContent:
    """Bytes by a link, and what their sender says of them."""

    upload_id: UUID
    expires: int
    signature: str
    size: int | None
    content_type: str | None
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class ReceiveContent:
    """Put what comes by a link of ours where its upload is expected; sent again, it replaces what was there."""

    links: UploadLinks
    uploads: PresignedUploadReads
    store: Store
    blobs: BlobStore
    disk: Disk

    async def __call__(self, sent: SentContent) -> BlobInfo:
        await self.links.check(sent.upload_id, sent.expires, sent.signature)
        upload = await self.uploads.get(sent.upload_id)
        if upload is None:
            raise UploadMissing("there is no such upload")
        if upload.done:
            raise UploadDone("this upload is completed; announce another one")
        _check(upload, sent)
        await self._require_room(upload)
        await self.disk.require_free(upload.size)
        return await self.blobs.put(upload.object_key, sent.chunks, content_type=upload.content_type, size=upload.size)

    async def _require_room(self, upload: PresignedUpload) -> None:
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, upload.project_id)
            if project is None or not project.open:
                raise ProjectMissing("there is no such project")
            upload.require_wanted()
            await require_room(unit, project, upload)


def _check(upload: PresignedUpload, sent: SentContent) -> None:
    if sent.size != upload.size:
        raise mismatch("Content-Length", f"must be {upload.size}, as announced")
    if _plain(sent.content_type or "") != _plain(upload.content_type):
        raise mismatch("Content-Type", f"must be {upload.content_type}, as announced")


def _plain(content_type: str) -> str:
    return " ".join(content_type.split()).lower()
