"""Making an account for oneself."""

from dataclasses import dataclass

from application.identity.lookalikes import refuse_lookalikes
from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from domain.access import Role
from domain.audit import AuditAction, Origin
from domain.identity import RegistrationClosed, User, check_credentials, check_email, check_not_reserved, check_own_name


@dataclass(frozen=True, slots=True)
class Register:
    """Make an account of the role `user`, where the operator lets strangers do so."""

    store: Store
    passwords: Passwords
    remember: Remember
    clock: Clock
    ids: Ids
    is_open: bool

    async def __call__(self, email: str, password: str, username: str | None, origin: Origin) -> User:
        if not self.is_open:
            raise RegistrationClosed("the superuser makes accounts here; with REGISTRATION=open everybody may register")
        name = username or email
        check_email(email)
        check_credentials(name, password, email)
        check_not_reserved(name)
        check_own_name(name, email)
        hashed, now = await self.passwords.hash(password), self.clock.now()
        user = User(
            id=self.ids.new(),
            username=name,
            email=email,
            password_hash=hashed,
            role=Role.USER,
            is_active=True,
            created_at=now,
            updated_at=now,
        )
        async with self.store.begin() as unit:
            await refuse_lookalikes(unit, name)
            await unit.users.add(user)
            await self.remember(unit, AuditAction.REGISTERED, about_user(user.id), origin)
            await unit.commit()
        return user
