"""Another name, another end, switched off and on."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from application.projects.left_out import LEFT_OUT, LeftOut
from application.projects.open_project import open_project
from domain.access import UserCaller
from domain.api_keys import ApiKey, ApiKeyMissing, about_key, check_expiry
from domain.audit import AuditAction, Origin
from domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class ApiKeyChanges:
    """What is to be different; an `expires_at` of None takes the end away."""

    is_active: bool | None = None
    name: str | None = None
    expires_at: datetime | LeftOut | None = LEFT_OUT

    @property
    def named(self) -> list[str]:
        """The fields that something is said of."""
        said = {
            "is_active": self.is_active is not None,
            "name": self.name is not None,
            "expires_at": self.expires_at is not LEFT_OUT,
        }
        return [name for name, is_said in said.items() if is_said]


@dataclass(frozen=True, slots=True)
class ChangeApiKey:
    """Change an API key; its secret and its scopes stay what they are."""

    store: Store
    remember: Remember
    clock: Clock

    async def __call__(
        self, caller: UserCaller, project_id: UUID, key_id: UUID, changes: ApiKeyChanges, origin: Origin
    ) -> ApiKey:
        if not changes.named:
            raise Invalid("say what is to change: is_active, name or expires_at")
        async with self.store.begin() as unit:
            await open_project(unit, caller, project_id)
            key = await unit.api_keys.get(project_id, key_id)
            if key is None:
                raise ApiKeyMissing("there is no such API key")
            changed = self._changed(key, changes)
            await unit.api_keys.save(changed)
            subject, told = about_key(key.id), changes.named
            await self.remember(unit, AuditAction.KEY_CHANGED, subject, origin, project_id=project_id, changed=told)
            await unit.commit()
        return changed

    def _changed(self, key: ApiKey, changes: ApiKeyChanges) -> ApiKey:
        end = changes.expires_at
        if not isinstance(end, LeftOut):
            check_expiry(end, self.clock.now())
        return replace(
            key,
            is_active=key.is_active if changes.is_active is None else changes.is_active,
            name=key.name if changes.name is None else changes.name,
            expires_at=key.expires_at if isinstance(end, LeftOut) else end,
        )
