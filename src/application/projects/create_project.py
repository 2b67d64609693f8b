"""A new project."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.projects import ProjectReads
from application.ports.unit_of_work import Store
from application.projects.open_project import about_project
from domain.access import Permission, Scope, UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import NotSignedIn
from domain.object_keys import slugify
from domain.pages import PageRequest
from domain.projects import UNLIMITED, Project, TooManyProjects, allowed_limit
from domain.settings import read_settings


@dataclass(frozen=True, slots=True)
class CreateProject:
    """Make a project that belongs to whoever asks.

    Nobody but the superuser has more than `most`, counting those in the bin; several asked for at the same instant
    may all still be made.
    """

    store: Store
    projects: ProjectReads
    remember: Remember
    clock: Clock
    ids: Ids
    default_limit: int
    most: int = UNLIMITED

    async def __call__(
        self,
        caller: UserCaller,
        name: str,
        origin: Origin,
        *,
        settings: Mapping[str, Any],
        description: str | None = None,
    ) -> Project:
        read = read_settings(settings)
        await self._check_number(caller)
        now = self.clock.now()
        project = Project(
            id=self.ids.new(),
            owner_id=caller.user_id,
            name=name,
            slug=slugify(name),
            description=description,
            settings=read,
            storage_limit_bytes=allowed_limit(caller, read.quota, self.default_limit),
            created_at=now,
            updated_at=now,
        )
        async with self.store.begin() as unit:
            if await unit.users.get(caller.user_id) is None:
                raise NotSignedIn("this account does not exist any more")
            await unit.projects.add(project)
            subject = about_project(project.id)
            await self.remember(unit, AuditAction.PROJECT_CREATED, subject, origin, project_id=project.id, name=name)
            await unit.commit()
        return project

    async def _check_number(self, caller: UserCaller) -> None:
        if self.most == UNLIMITED or caller.may(Permission.PROJECTS_ALL):
            return
        theirs, one = Scope(owner_id=caller.user_id), PageRequest(1, 1)
        there = [(await self.projects.page(theirs, one, binned=binned)).total for binned in (False, True)]
        if sum(there) >= self.most:
            raise TooManyProjects(
                f"you have {there[0]} projects and {there[1]} in the bin, and may have {self.most} in all; "
                "erase some for good first"
            )
