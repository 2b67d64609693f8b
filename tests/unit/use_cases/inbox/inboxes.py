"""The studio with an inbox, whose owner sends straight to the store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.personal_projects import MemoryPersonalProjectReads
from adapters.memory.presigned_uploads import MemoryPresignedUploadReads
from application.identity.remember import Remember
from application.inbox.arrivals import Arrivals
from application.inbox.complete_upload import Acceptance, CompleteUpload, Sent
from application.inbox.delete_asset import DeleteAsset
from application.inbox.examine_upload import ExamineUpload
from application.inbox.find_inbox import FindInbox
from application.inbox.hash_file import HashFile
from application.inbox.personal_project import PersonalProject
from application.inbox.pin_upload import PinUpload
from application.inbox.presign_upload import Announced, PresignUpload
from application.inbox.receive_content import ReceiveContent
from application.inbox.upload_links import UploadLinks
from application.ports.blob_store import BlobInfo
from domain.access import Role, UserCaller
from domain.audit import Origin
from domain.inbox import HASHED_AT_ONCE, PresignedUpload
from domain.jobs import JobKind
from domain.media_types import IMAGE_TYPES_TAKEN
from tests.unit.contracts.things import put, user
from tests.unit.use_cases.studio import JPEG, Studio


class SteppedMoves:
    """Moves in memory, with steps."""

    def __init__(self, studio: "Inboxes") -> None:
        self._studio = studio

    async def move(self, source: str, to: str, *, etag: str | None = None, content_type: str | None = None) -> BlobInfo:
        await self._studio.steps("about to move")
        moves = self._studio.blobs
        assert isinstance(moves, MemoryBlobs)
        assert content_type, "whoever asks the store for it must hear what it is"
        info = await moves.move(source, to, etag=etag)
        await self._studio.steps("moved")
        return info


class Inboxes(Studio):
    """The owner of the studio's project, and somebody else."""

    hashed_at_once = HASHED_AT_ONCE
    default_limit = -1

    def __post_init__(self) -> None:
        super().__post_init__()
        self.owner_account = replace(user(), id=self.project.owner_id)
        self.owner = UserCaller(self.project.owner_id, "owner", Role.USER, frozenset())
        self.uploads = MemoryPresignedUploadReads(self.rows)
        self.remember = Remember(self.clock, self.ids)
        self.upload_links = UploadLinks(self.links.seals, self.clock, "http://darkroom.test")

    async def open(self) -> "Inboxes":
        await super().open()
        async with self.store.begin() as unit:
            await unit.users.add(self.owner_account)
            await unit.commit()
        self.steps.seen.clear()
        return self

    @property
    def personal(self) -> PersonalProject:
        reads = MemoryPersonalProjectReads(self.rows)
        return PersonalProject(
            reads, self.projects, self.store, self.remember, self.clock, self.ids, self.default_limit
        )

    @property
    def find_inbox(self) -> FindInbox:
        return FindInbox(self.personal, self.projects)

    @property
    def presign(self) -> PresignUpload:
        return PresignUpload(
            self.find_inbox, self.upload_links, self.store, self.remember, self.clock, self.ids, self.max_bytes
        )

    @property
    def receive(self) -> ReceiveContent:
        return ReceiveContent(self.upload_links, self.uploads, self.store, self.blobs, self.free_disk)

    @property
    def complete(self) -> CompleteUpload:
        examine = ExamineUpload(self.blobs, self.read_header, IMAGE_TYPES_TAKEN, self.max_bytes, self.hashed_at_once)
        pin = PinUpload(self.store, self.blobs, Arrivals(self.promise, self.ids), self.clock)
        return CompleteUpload(
            uploads=self.uploads,
            projects=self.projects,
            blobs=self.blobs,
            accept=Acceptance(examine, pin, SteppedMoves(self), self.keep),
            remember=self.remember,
            signals=self.signals,
            clock=self.clock,
        )

    @property
    def delete_asset(self) -> DeleteAsset:
        return DeleteAsset(self.delete_files)

    @property
    def handlers(self) -> dict[JobKind, Any]:
        return {**super().handlers, JobKind.HASH_FILE: HashFile(self.store, self.blobs, self.signals, self.clock)}

    async def announced(self, body: bytes = JPEG, **fields: Any) -> PresignedUpload:
        """An upload to the studio's project."""
        wanted = {"filename": "me & you.jpg", "content_type": "image/jpeg", "size": len(body)}
        about = Announced(**{**wanted, "project_id": self.project.id, **fields})
        upload, _ = await self.presign(self.owner, about, Origin())
        return upload

    async def arrived(self, body: bytes = JPEG, **fields: Any) -> PresignedUpload:
        """One whose bytes lie where they were to be sent."""
        upload = await self.announced(body, **fields)
        await self.send(upload, body)
        return upload

    async def send(self, upload: PresignedUpload, body: bytes = JPEG) -> None:
        """As a client does by its link."""
        self.steps.seen, seen = [], self.steps.seen
        everywhere, self.steps.everywhere = self.steps.everywhere, None
        at, self.steps.at = self.steps.at, {}
        await self.blobs.put(upload.object_key, once(body), content_type=upload.content_type)
        self.steps.seen, self.steps.everywhere, self.steps.at = seen, everywhere, at

    async def completed(self, upload: PresignedUpload, **fields: Any) -> PresignedUpload:
        return await self.complete(self.owner, Sent(upload.id, **fields), Origin(self.owner.user_id))

    async def several(self, upload: PresignedUpload, number: int) -> list[PresignedUpload]:
        """Completed by so many at once, each giving way to the others at every step."""

        async def give_way() -> None:
            await asyncio.sleep(0)

        self.steps.everywhere = give_way
        try:
            return await asyncio.gather(*(self.completed(upload) for _ in range(number)))
        finally:
            self.steps.everywhere = None


async def once(body: bytes) -> AsyncIterator[bytes]:
    yield body


async def inboxes(**fields: Any) -> Inboxes:
    return await Inboxes(**fields).open()


async def keep(studio: Inboxes, thing: Any) -> None:
    await put(studio.store, thing)
