"""A program loses its way in."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember
from application.ports.unit_of_work import Store
from application.projects.open_project import open_project
from domain.access import UserCaller
from domain.api_keys import ApiKeyMissing, about_key
from domain.audit import AuditAction, Origin


@dataclass(frozen=True, slots=True)
class DeleteApiKey:
    """Forget an API key; from then on it opens nothing."""

    store: Store
    remember: Remember

    async def __call__(self, caller: UserCaller, project_id: UUID, key_id: UUID, origin: Origin) -> None:
        async with self.store.begin() as unit:
            await open_project(unit, caller, project_id)
            if not await unit.api_keys.remove(project_id, key_id):
                raise ApiKeyMissing("there is no such API key")
            await self.remember(unit, AuditAction.KEY_DELETED, about_key(key_id), origin, project_id=project_id)
            await unit.commit()
