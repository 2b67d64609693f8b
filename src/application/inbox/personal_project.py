"""Everybody's own project."""

from dataclasses import dataclass
from typing import Any

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.personal_projects import PersonalProjectReads
from application.ports.projects import ProjectReads
from application.ports.unit_of_work import Store
from application.projects.open_project import about_project
from domain.access import Scope, UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import NotSignedIn
from domain.inbox import PERSONAL_NAME, PERSONAL_VARIANTS
from domain.object_keys import slugify
from domain.projects import Project
from domain.settings import ProjectSettings, Visibility, read_settings


@dataclass(frozen=True, slots=True)
class PersonalProject:
    """Finds the project of a user, and makes it when they first need it, or have thrown it away."""

    personal: PersonalProjectReads
    projects: ProjectReads
    store: Store
    remember: Remember
    clock: Clock
    ids: Ids
    default_limit: int

    async def __call__(self, caller: UserCaller, origin: Origin) -> Project:
        """Of all who ask at once, one makes it."""
        while (found := await self.existing(caller)) is None:
            await self._make(caller, origin)
        return found

    async def existing(self, caller: UserCaller) -> Project | None:
        """Only when it is there."""
        project_id = await self.personal.get(caller.user_id)
        if project_id is None:
            return None
        project = await self.projects.get(Scope(owner_id=caller.user_id), project_id)
        return project if project is not None and project.open else None

    async def _make(self, caller: UserCaller, origin: Origin) -> None:
        project = self._fresh(caller)
        subject = about_project(project.id)
        async with self.store.begin() as unit:
            if await unit.users.get(caller.user_id) is None:
                raise NotSignedIn("this account does not exist any more")
            there = await unit.personal_projects.get(caller.user_id)
            kept = await unit.projects.get(Scope(owner_id=caller.user_id), there) if there else None
            if kept is not None and kept.open:
                return
            await unit.projects.add(project)
            if await unit.personal_projects.put(caller.user_id, project.id, instead_of=there):
                told: dict[str, Any] = {"project_id": project.id, "name": project.name}
                await self.remember(unit, AuditAction.PROJECT_CREATED, subject, origin, **told)
                await unit.commit()

    def _fresh(self, caller: UserCaller) -> Project:
        now = self.clock.now()
        return Project(
            id=self.ids.new(),
            owner_id=caller.user_id,
            name=PERSONAL_NAME,
            slug=slugify(PERSONAL_NAME),
            settings=self._settings(),
            storage_limit_bytes=self.default_limit,
            created_at=now,
            updated_at=now,
        )

    def _settings(self) -> ProjectSettings:
        return read_settings({"variants": PERSONAL_VARIANTS, "visibility": Visibility.PRIVATE.value})
