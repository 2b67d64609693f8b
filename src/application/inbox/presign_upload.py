"""An upload is announced."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember
from application.inbox.find_inbox import FindInbox
from application.inbox.upload_links import UploadLinks
from application.ports.clock import Clock
from application.ports.direct_links import Link
from application.ports.ids import Ids
from application.ports.unit_of_work import Store, UnitOfWork
from application.projects.open_project import open_project
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.declared_types import ANYTHING, plain_type
from domain.errors import NotSignedIn
from domain.inbox import ABANDONED_AFTER, WRITABLE_FOR, PresignedUpload
from domain.projects import Project
from domain.uploads import check_type, reservation, too_large, upload_limit


@dataclass(frozen=True, slots=True)
class Announced:
    """What somebody wants to send."""

    filename: str
    content_type: str
    size: int
    sha256: str | None = None
    project_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class PresignUpload:
    """Remember what is to come, and hand out the link that takes it and nothing else."""

    find_inbox: FindInbox
    links: UploadLinks
    store: Store
    remember: Remember
    clock: Clock
    ids: Ids
    max_bytes: int

    async def __call__(self, caller: UserCaller, announced: Announced, origin: Origin) -> tuple[PresignedUpload, Link]:
        project = await self.find_inbox(caller, announced.project_id, origin)
        check_announcement(project, announced, self.max_bytes)
        upload = self._fresh(caller, project, announced)
        async with self.store.begin() as unit:
            owner = await unit.users.get(caller.user_id)
            if owner is None or not owner.is_active:
                raise NotSignedIn("this account does not exist any more, or is switched off")
            await require_room(unit, await open_project(unit, caller, project.id), upload)
            await unit.presigned_uploads.add(upload)
            told = {"filename": upload.filename, "size": upload.size, "object_key": upload.object_key}
            about = f"upload:{upload.id}"
            await self.remember(unit, AuditAction.ASSET_PRESIGNED, about, origin, project_id=project.id, **told)
            await unit.commit()
        return upload, await self.links(upload)

    def _fresh(self, caller: UserCaller, project: Project, announced: Announced) -> PresignedUpload:
        now = self.clock.now()
        return PresignedUpload(
            id=self.ids.new(),
            owner_id=caller.user_id,
            project_id=project.id,
            filename=announced.filename,
            content_type=announced.content_type,
            size=announced.size,
            created_at=now,
            expires_at=now + WRITABLE_FOR,
            gone_at=now + ABANDONED_AFTER,
            sha256=announced.sha256,
        )


def check_announcement(project: Project, announced: Announced, max_bytes: int) -> None:
    """Refuse what would not be kept anyway."""
    limit = upload_limit(project.settings, max_bytes)
    if limit is not None and announced.size > limit:
        raise too_large(limit)
    if (kind := plain_type(announced.content_type)) not in ANYTHING:
        check_type(project.settings, kind)


async def require_room(unit: UnitOfWork, project: Project, upload: PresignedUpload) -> None:
    """Refuse what does not fit beside what is kept, what is on its way and what else is announced."""
    if project.room_left is not None:
        taken = await unit.file_facts.reserved(project.id, but=upload.id)
        reservation(upload.size, None, max(0, project.room_left - taken))
