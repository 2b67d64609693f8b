"""What a caller may see, as a condition of queries: foreign rows are absent because no query can see them."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, bindparam, false, or_, true

from adapters.sql.tables import projects
from domain.access import Scope

# For queries that are built once: `inside`, with the scope among the parameters.
INSIDE_ASKED = or_(
    bindparam("everything", type_=Boolean()),
    projects.c.owner_id == bindparam("owner_id"),
    projects.c.id == bindparam("project_id"),
)


def asked(scope: Scope) -> dict[str, Any]:
    """The parameters of `INSIDE_ASKED`."""
    return {"everything": scope.everything, "owner_id": scope.owner_id, "project_id": scope.project_id}


def inside(scope: Scope) -> ColumnElement[bool]:
    """Whether the row of `projects` lies in the scope."""
    if scope.everything:
        return true()
    ways = []
    if scope.owner_id is not None:
        ways.append(projects.c.owner_id == scope.owner_id)
    if scope.project_id is not None:
        ways.append(projects.c.id == scope.project_id)
    return or_(false(), *ways)


def within(query: Select[Any], project_id: ColumnElement[Any], scope: Scope) -> Select[Any]:
    """What belongs to projects in the scope; for everything also what belongs to none, or to one that is gone."""
    if scope.everything:
        return query
    return query.join(projects, projects.c.id == project_id).where(projects.c.erasing_at.is_(None), inside(scope))
