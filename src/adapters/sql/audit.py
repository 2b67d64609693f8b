"""The audit log in SQL."""

from sqlalchemy import ColumnElement, insert, select

from adapters.sql.database import SqlDatabase
from adapters.sql.paging import slice_of
from adapters.sql.rows import audit_of, audit_row
from adapters.sql.scopes import inside
from adapters.sql.tables import audit, projects
from adapters.sql.transaction import Transaction
from application.ports.audit import AuditQuery
from domain.access import Scope
from domain.audit import AuditEntry
from domain.pages import Page, PageRequest


class SqlAudit:
    """The audit log, written in the unit of work that makes it true."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, entry: AuditEntry) -> None:
        await self._transaction.execute(insert(audit).values(audit_row(entry)))


class SqlAuditReads:
    """The audit log, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def page(self, scope: Scope, query: AuditQuery, request: PageRequest) -> Page[AuditEntry]:
        lines = select(audit).where(*_wanted(query))
        if not scope.everything:
            lines = lines.where(audit.c.project_id.in_(select(projects.c.id).where(inside(scope))))
        async with self._database.reading() as connection:
            rows, total = await slice_of(connection, lines, audit, request, dated="at")
        return Page([audit_of(row) for row in rows], total, request)


def _wanted(query: AuditQuery) -> list[ColumnElement[bool]]:
    c = audit.c
    asked = {c.actor_id: query.actor_id, c.action: query.action, c.subject: query.subject}
    wanted = [column == value for column, value in asked.items() if value is not None]
    if query.since is not None:
        wanted.append(c.at >= query.since)
    if query.until is not None:
        wanted.append(c.at < query.until)
    return wanted
