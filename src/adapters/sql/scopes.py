"""What a caller may see, as a condition of queries: foreign rows are absent because no query can see them."""

from sqlalchemy import ColumnElement, false, or_, true

from adapters.sql.tables import projects
from domain.access import Scope


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
