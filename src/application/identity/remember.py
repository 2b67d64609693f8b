"""Writing the audit log."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import UnitOfWork
from domain.audit import AuditAction, AuditEntry, Origin


@dataclass(frozen=True, slots=True)
class Remember:
    """Notes what happens in the unit of work in which it happens."""

    clock: Clock
    ids: Ids

    async def __call__(
        self,
        unit: UnitOfWork,
        action: AuditAction,
        subject: str,
        origin: Origin,
        *,
        project_id: UUID | None = None,
        **payload: Any,
    ) -> None:
        """Note it; the payload says more, never a secret."""
        entry = AuditEntry(self.ids.new(), action, subject, self.clock.now(), origin, project_id, payload)
        await unit.audit.add(entry)


def about_user(user_id: UUID) -> str:
    """An account as the subject of a note."""
    return f"user:{user_id}"
