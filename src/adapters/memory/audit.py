"""The audit log in memory."""

from dataclasses import replace

from adapters.memory.paging import slice_of
from adapters.memory.projects import seen
from adapters.memory.state import Draft, MemoryDatabase, Rows, plain
from application.ports.audit import AuditQuery
from domain.access import Scope
from domain.audit import AuditEntry
from domain.errors import AlreadyThere
from domain.pages import Page, PageRequest


class MemoryAudit:
    """The audit log, written in the unit of work that makes it true."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def add(self, entry: AuditEntry) -> None:
        lines = self._draft.rows.audit
        if any(line.id == entry.id for line in lines):
            self._draft.refuse(AlreadyThere("this is there already"))
        lines.append(replace(entry, payload=plain(dict(entry.payload))))


class MemoryAuditReads:
    """The audit log, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def page(self, scope: Scope, query: AuditQuery, request: PageRequest) -> Page[AuditEntry]:
        rows = self._database.rows
        wanted = (line for line in rows.audit if _inside(rows, scope, line) and _asked(query, line))
        return slice_of(sorted(wanted, key=lambda line: (line.at, line.id), reverse=True), request)


def _inside(rows: Rows, scope: Scope, line: AuditEntry) -> bool:
    return scope.everything or (line.project_id is not None and seen(rows, scope, line.project_id) is not None)


def _asked(query: AuditQuery, line: AuditEntry) -> bool:
    return (
        query.actor_id in {None, line.origin.actor_id}
        and query.action in {None, line.action}
        and query.subject in {None, line.subject}
        and (query.since is None or query.since <= line.at)
        and (query.until is None or line.at < query.until)
    )
