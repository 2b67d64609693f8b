"""The first account, and any other that may do everything."""

from dataclasses import dataclass

from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import Role
from domain.audit import AuditAction, Origin
from domain.identity import User, check_credentials


@dataclass(frozen=True, slots=True)
class CreateSuperuser:
    """Make an account that may do everything; only somebody at the machine can ask for it."""

    store: Store
    passwords: Passwords
    remember: Remember
    clock: Clock
    ids: Ids

    async def __call__(self, username: str, password: str) -> User:
        user = await self._fresh(username, password)
        async with self.store.begin() as unit:
            await self._keep(unit, user)
        return user

    async def there_is_one(self) -> bool:
        """Whether any account may do everything."""
        async with self.store.begin() as unit:
            return bool(await unit.users.superusers())

    async def unless_there_is_one(self, username: str, password: str) -> User | None:
        """The same, on the very first start only, however many instances start at once."""
        if await self.there_is_one():
            return None
        user = await self._fresh(username, password)
        async with self.store.begin() as unit:
            if await unit.users.superusers():
                return None
            await self._keep(unit, user)
        return user

    async def _fresh(self, username: str, password: str) -> User:
        check_credentials(username, password)
        hashed, now = await self.passwords.hash(password), self.clock.now()
        return User(
            id=self.ids.new(),
            username=username,
            email=None,
            password_hash=hashed,
            role=Role.SU,
            is_active=True,
            created_at=now,
            updated_at=now,
        )

    async def _keep(self, unit: UnitOfWork, user: User) -> None:
        await unit.users.add(user)
        await self.remember(unit, AuditAction.USER_CREATED, about_user(user.id), Origin(), role=user.role.value)
        await unit.commit()
