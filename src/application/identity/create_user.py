"""Making an account for somebody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from application.identity.named_roles import named_roles
from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from domain.access import Role, UserCaller, require_superuser
from domain.audit import AuditAction, Origin
from domain.identity import User, assignable, check_credentials, check_email, check_own_name


@dataclass(frozen=True, slots=True)
class CreateUser:
    """Make an account; superusers cannot be made this way."""

    store: Store
    passwords: Passwords
    remember: Remember
    clock: Clock
    ids: Ids

    async def __call__(
        self,
        caller: UserCaller,
        origin: Origin,
        *,
        username: str,
        password: str,
        role: str,
        email: str | None = None,
        roles: Sequence[str] = (),
    ) -> User:
        require_superuser(caller)
        check_credentials(username, password, email)
        check_own_name(username, email)
        if email is not None:
            check_email(email)
        given: Role = assignable(role)
        hashed, now = await self.passwords.hash(password), self.clock.now()
        async with self.store.begin() as unit:
            user = User(
                id=self.ids.new(),
                username=username,
                email=email,
                password_hash=hashed,
                role=given,
                is_active=True,
                created_at=now,
                updated_at=now,
                named_roles=await named_roles(unit, roles),
            )
            await unit.users.add(user)
            await self.remember(unit, AuditAction.USER_CREATED, about_user(user.id), origin, role=given.value)
            await unit.commit()
        return user
