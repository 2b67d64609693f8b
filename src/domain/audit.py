"""The audit log: who did what, to what, from where, when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class AuditAction(StrEnum):
    """What is worth remembering."""

    SIGNED_IN = "auth.login"
    SIGN_IN_REFUSED = "auth.login_refused"
    SIGNED_OUT = "auth.logout"
    SIGNED_OUT_EVERYWHERE = "auth.logout_all"
    REGISTERED = "auth.registered"
    IDENTITY_LINKED = "auth.identity_linked"
    SIGN_IN_CODE_MADE = "auth.code_created"
    REFRESH_REUSED = "auth.refresh_reused"
    SESSION_ENDED = "session.ended"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  the name of an event
    TOTP_ENABLED = "user.totp_enabled"
    TOTP_DISABLED = "user.totp_disabled"
    RECOVERY_CODE_USED = "user.recovery_code_used"
    USER_CREATED = "user.created"
    USER_CHANGED = "user.changed"
    USER_DELETED = "user.deleted"
    ROLE_CREATED = "role.created"
    ROLE_CHANGED = "role.changed"
    ROLE_DELETED = "role.deleted"
    PROJECT_CREATED = "project.created"
    PROJECT_CHANGED = "project.changed"
    PROJECT_DELETED = "project.deleted"
    PROJECT_RESTORED = "project.restored"
    PROJECT_ERASED = "project.erased"
    ORIGINALS_DELETED = "project.originals_deleted"
    FILE_DELETED = "file.deleted"
    ENTITY_DELETED = "entity.deleted"
    ASSET_PRESIGNED = "asset.presigned"
    ASSET_COMPLETED = "asset.completed"
    ASSET_DELETED = "asset.deleted"
    KEY_CREATED = "key.created"
    KEY_CHANGED = "key.changed"
    KEY_DELETED = "key.deleted"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from: what the audit log remembers of whoever asked."""

    actor_id: UUID | None = None
    ip: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the log; `subject` names what was acted on, such as `user:<id>`. Secrets never stand in it.

    `action` is an `AuditAction` when it is written; a line that is read may tell of one only a newer program knows.
    """

    id: UUID
    action: str
    subject: str
    at: datetime
    origin: Origin
    project_id: UUID | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
