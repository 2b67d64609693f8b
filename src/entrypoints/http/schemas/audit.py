"""The audit log, as clients see it."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from application.ports.audit import AuditQuery
from domain.audit import AuditEntry
from entrypoints.http.schemas.pages import PageQuery
from entrypoints.http.schemas.times import AskedTime, UtcTime


class AuditLogQuery(PageQuery):
    """Which lines are wanted; `from` is included, `to` is not."""

    actor_id: UUID | None = None
    action: Annotated[str, Field(max_length=64)] | None = None
    subject: Annotated[str, Field(max_length=200)] | None = None
    since: Annotated[AskedTime | None, Field(alias="from")] = None
    until: Annotated[AskedTime | None, Field(alias="to")] = None

    def query(self) -> AuditQuery:
        """As the port takes it."""
        return AuditQuery(self.actor_id, self.action, self.subject, self.since, self.until)


class AuditBody(BaseModel):
    """One line of the log."""

    id: UUID
    actor_id: UUID | None
    action: str
    subject: str
    payload: dict[str, Any]
    ip: str | None
    user_agent: str | None
    project_id: UUID | None
    created_at: UtcTime

    @classmethod
    def of(cls, entry: AuditEntry) -> Self:
        """From the domain."""
        return cls(
            id=entry.id,
            actor_id=entry.origin.actor_id,
            action=entry.action,
            subject=entry.subject,
            payload=dict(entry.payload),
            ip=entry.origin.ip,
            user_agent=entry.origin.agent,
            project_id=entry.project_id,
            created_at=entry.at,
        )
