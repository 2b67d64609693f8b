"""The project that something is to be done with."""

from uuid import UUID

from application.ports.unit_of_work import UnitOfWork
from domain.access import UserCaller, scope_of
from domain.projects import Project, ProjectMissing


async def open_project(unit: UnitOfWork, caller: UserCaller, project_id: UUID) -> Project:
    """A project of the caller's, held until the unit ends; one in the bin is absent."""
    project = await any_project(unit, caller, project_id)
    if not project.open:
        raise ProjectMissing("there is no such project")
    return project


async def any_project(unit: UnitOfWork, caller: UserCaller, project_id: UUID) -> Project:
    """The same, be it in the bin, as long as nobody has begun to erase it."""
    project = await unit.projects.get(scope_of(caller), project_id)
    if project is None or project.erasing_at is not None:
        raise ProjectMissing("there is no such project")
    return project


def about_project(project_id: UUID) -> str:
    """A project as the subject of a note."""
    return f"project:{project_id}"
