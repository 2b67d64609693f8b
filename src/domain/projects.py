"""Projects: whose files these are and how they are to be treated."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.access import Permission, UserCaller
from domain.errors import Conflict, FieldError, Forbidden, Malformed, NotFound, TooLarge
from domain.settings import LARGEST_QUOTA, MIB, ProjectSettings

RESTORABLE_FOR = timedelta(days=30)
UNLIMITED = -1
LARGEST_LIMIT = LARGEST_QUOTA * MIB


class ProjectMissing(NotFound):
    """No such project for this caller."""

    code = "project_not_found"


class ProjectNotDeleted(Conflict):
    """It does not lie in the bin, so there is nothing to restore."""

    code = "project_not_deleted"


class TooManyProjects(Conflict):
    """Whoever asks has as many projects as anybody may have."""

    code = "too_many_projects"


class OriginalsKept(Malformed):
    """The project's settings say that originals are kept."""

    code = "originals_kept"


class VisibilityFixed(Conflict):
    """It has files, and they lie where their visibility of so far wants them."""

    code = "visibility_fixed"


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
    erasing_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it is there to be worked with: neither in the bin nor being erased."""
        return self.deleted_at is None and self.erasing_at is None

    def restorable(self, now: datetime) -> bool:
        """Whether it lies in the bin and can still be taken out."""
        return self.deleted_at is not None and self.erasing_at is None and now - self.deleted_at < RESTORABLE_FOR

    @property
    def room_left(self) -> int | None:
        """How many more bytes fit, or None for as many as there are."""
        if self.storage_limit_bytes == UNLIMITED:
            return None
        return max(0, self.storage_limit_bytes - self.storage_used_bytes)

    @property
    def overdrawn(self) -> bool:
        """Whether it holds more than it may: uploads never come to that, their variants can."""
        return not self.room_for(0)

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

    def restored(self, now: datetime) -> "Project":
        """The same project out of the bin."""
        return replace(self, deleted_at=None, updated_at=now)

    def erasing(self, now: datetime) -> "Project":
        """The same project, gone for good as far as anybody can see."""
        return replace(self, deleted_at=self.deleted_at or now, erasing_at=now, updated_at=now)


def limit_of(quota_mib: int) -> int:
    """A quota (MiB) as a limit in bytes."""
    return UNLIMITED if quota_mib == UNLIMITED else quota_mib * MIB


def quota_of(limit: int) -> int | None:
    """A limit in bytes as a quota (MiB), where it is a whole one."""
    if limit == UNLIMITED:
        return UNLIMITED
    return None if limit % MIB else limit // MIB


def allowed_limit(caller: UserCaller, quota_mib: int | None, default: int) -> int:
    """The storage limit in bytes a caller may give a new project."""
    if quota_mib is None:
        return default
    limit = limit_of(quota_mib)
    check_limit(caller, limit, default, "settings.quota")
    return limit


def check_limit(caller: UserCaller, limit: int, default: int, field: str, *, now: int = 0) -> None:
    """Refuse more than the default, and more than there is `now`: that is the superuser's to grant."""
    if not (_beyond(limit, default) and _beyond(limit, now)) or caller.may(Permission.PROJECTS_ALL):
        return
    raise Forbidden(
        f"only a superuser may set a quota above {default // MIB} MiB",
        errors=[FieldError(field, f"must be at most {default // MIB} MiB")],
    )


def _beyond(limit: int, other: int) -> bool:
    return other != UNLIMITED and (limit == UNLIMITED or limit > other)


def check_move(before: Project, after: Project, *, public_bucket: bool) -> None:
    """Refuse another visibility for files that lie in a public bucket, where it is their keys that decide."""
    same = before.settings.visibility is after.settings.visibility
    if public_bucket and not same and before.files_count:
        raise VisibilityFixed(
            f"this project has {before.files_count} files in a public bucket, where who may read them is settled "
            "when they come in; make another project, or delete these files first"
        )
