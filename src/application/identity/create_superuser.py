"""The first account, and any other that may do everything."""

from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from domain.access import Role
from domain.identity import User, checked_credentials


@dataclass(frozen=True, slots=True)
class CreateSuperuser:
    """Make an account that may do everything; only somebody at the machine can ask for it."""

    store: Store
    passwords: Passwords
    clock: Clock
    ids: Ids

    async def __call__(self, username: str, password: str) -> User:
        checked_credentials(username, password)
        hashed, now = await self.passwords.hash(password), self.clock.now()
        user = User(
            id=self.ids.new(),
            username=username,
            email=None,
            password_hash=hashed,
            role=Role.SU,
            is_active=True,
            created_at=now,
            updated_at=now,
        )
        async with self.store.begin() as unit:
            await unit.users.add(user)
            await unit.commit()
        return user

    async def unless_there_is_one(self, username: str, password: str) -> User | None:
        """The same, on the very first start only."""
        async with self.store.begin() as unit:
            if await unit.users.any_superuser():
                return None
        return await self(username, password)
