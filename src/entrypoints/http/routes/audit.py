"""The door to the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.audit import AuditReads
from domain.access import Permission, UserCaller, require, scope_of
from domain.errors import Forbidden
from entrypoints.http.operations import Auth, Op
from entrypoints.http.schemas.audit import AuditBody, AuditLogQuery
from entrypoints.http.schemas.pages import PageBody, page_body


@dataclass(frozen=True, slots=True)
class AuditDoor:
    """Who did what."""

    audit: AuditReads
    tag: str = "Audit"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        return (Op("GET", "/audit/logs", self.logs, "Audit", auth=Auth.USER, errors=(Forbidden,)),)

    async def logs(self, caller: UserCaller, query: AuditLogQuery) -> PageBody[AuditBody]:
        """What happened, newest first: all of it for the superuser, what concerns their projects for an admin."""
        require(caller, Permission.AUDIT_VIEW)
        page = await self.audit.page(scope_of(caller), query.query(), query.request())
        return page_body(page, [AuditBody.of(entry) for entry in page.items])
