"""Projects: whose files these are and how they are to be treated."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Permission, UserCaller
from domain.errors import Conflict, FieldError, Forbidden, Invalid, NotFound, TooLarge
from domain.settings import MIB, ProjectSettings, Visibility

RESTORABLE_FOR = timedelta(days=30)
UNLIMITED = -1


class ProjectMissing(NotFound):
    """No such project for this caller."""

    code = "project_not_found"


class ProjectDeleted(Conflict):
    """It lies in the bin; restore it first."""

    code = "project_deleted"


class QuotaExceeded(TooLarge):
    """The project has no room for this many more bytes."""

    code = "quota_exceeded"


@dataclass(frozen=True, slots=True)
class Project:
    """A tenant: its slug is fixed at creation, since every object key begins with it."""

    id: UUID
    owner_id: UUID
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    settings: ProjectSettings = field(default_factory=ProjectSettings)
    storage_used_bytes: int = 0
    storage_limit_bytes: int = UNLIMITED
    transforms_used: int = 0
    transforms_limit: int = UNLIMITED
    transforms_total: int = 0
    files_count: int = 0
    deleted_at: datetime | None = None

    @property
    def room_left(self) -> int | None:
        """How many more bytes fit, or None for as many as there are."""
        if self.storage_limit_bytes == UNLIMITED:
            return None
        return max(0, self.storage_limit_bytes - self.storage_used_bytes)

    def room_for(self, size: int) -> bool:
        """Whether this many more bytes fit."""
        return self.storage_limit_bytes == UNLIMITED or self.storage_used_bytes + size <= self.storage_limit_bytes

    def require_room(self, size: int) -> None:
        """Refuse what does not fit."""
        if not self.room_for(size):
            raise QuotaExceeded(
                f"the project may hold {self.storage_limit_bytes} bytes and holds {self.storage_used_bytes}; "
                f"{size} more do not fit"
            )

    def deleted(self, now: datetime) -> "Project":
        """The same project in the bin."""
        return replace(self, deleted_at=now, updated_at=now)


def allowed_limit(caller: UserCaller, quota_mib: int | None, default: int) -> int:
    """The storage limit in bytes a caller may give a project: beyond the default is the superuser's to grant."""
    if quota_mib is None:
        return default
    limit = UNLIMITED if quota_mib == UNLIMITED else quota_mib * MIB
    more = default != UNLIMITED and (limit == UNLIMITED or limit > default)
    if more and not caller.may(Permission.PROJECTS_ALL):
        raise Forbidden(
            f"only a superuser may set a quota above {default // MIB} MiB",
            errors=[FieldError("settings.quota", f"must be at most {default // MIB}")],
        )
    return limit


def check_visibility(settings: ProjectSettings, *, public_only: bool) -> None:
    """Refuse a private project where the store shows everything to everybody."""
    if public_only and settings.visibility is Visibility.PRIVATE:
        told = "must be public: this installation keeps everything in a public bucket"
        raise Invalid(f"settings.visibility {told}", errors=[FieldError("settings.visibility", told)])
