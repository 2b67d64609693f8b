"""A new way in for a program."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from application.projects.open_project import open_project
from domain.access import KeyScope, UserCaller
from domain.api_keys import ALL_SCOPES, PREFIX, ApiKey, about_key, check_expiry
from domain.audit import AuditAction, Origin
from domain.identity import hash_secret

SHOWN_OF_A_KEY = 10


@dataclass(frozen=True, slots=True)
class CreateApiKey:
    """Make an API key for a project; the key itself is told this once."""

    store: Store
    remember: Remember
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        caller: UserCaller,
        project_id: UUID,
        name: str,
        origin: Origin,
        *,
        expires_at: datetime | None = None,
        scopes: frozenset[KeyScope] = ALL_SCOPES,
    ) -> tuple[ApiKey, str]:
        secret, now = PREFIX + self.ids.secret(), self.clock.now()
        check_expiry(expires_at, now)
        key = ApiKey(
            id=self.ids.new(),
            project_id=project_id,
            name=name,
            prefix=secret[:SHOWN_OF_A_KEY],
            hash=hash_secret(secret),
            scopes=scopes,
            is_active=True,
            created_at=now,
            expires_at=expires_at,
        )
        async with self.store.begin() as unit:
            await open_project(unit, caller, project_id)
            await unit.api_keys.add(key)
            await self.remember(
                unit, AuditAction.KEY_CREATED, about_key(key.id), origin, project_id=project_id, name=name
            )
            await unit.commit()
        return key, secret
