"""Port: the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.access import Scope
from domain.audit import AuditEntry
from domain.pages import Page, PageRequest


class Audit(Protocol):
    """The audit log, written in the unit of work that makes it true. Nothing in it is ever changed."""

    async def add(self, entry: AuditEntry) -> None:
        """Remember."""
        ...


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which lines are wanted; `since` is included, `until` is not."""

    actor_id: UUID | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditReads(Protocol):
    """The audit log, to look at."""

    async def page(self, scope: Scope, query: AuditQuery, request: PageRequest) -> Page[AuditEntry]:
        """Lines about the projects of the scope, newest first; those about no project only for everything."""
        ...
