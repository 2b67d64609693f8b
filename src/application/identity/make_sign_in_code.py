"""A code that signs somebody in once."""

from dataclasses import dataclass
from datetime import datetime

from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.audit import AuditAction, Origin
from domain.identity import AccountDisabled, User, UserMissing, hash_secret
from domain.sign_in_codes import CODE_LIFETIME, SignInCode, console_link


@dataclass(frozen=True, slots=True)
class SignInLink:
    """Whom a code signs in, until when; and the link that carries it to the console."""

    user: User
    code: str
    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class MakeSignInCode:
    """Make one for an account; only somebody at the machine can ask for it."""

    store: Store
    remember: Remember
    clock: Clock
    ids: Ids
    public_url: str

    async def __call__(self, username: str) -> SignInLink:
        """For the account with this name or address; the code is told this once."""
        code, expires_at = self.ids.secret(), self.clock.now() + CODE_LIFETIME
        async with self.store.begin() as unit:
            user = await unit.users.named(username)
            if user is None:
                raise UserMissing(f"there is no user {username}")
            if not user.is_active:
                raise AccountDisabled("this account is switched off")
            await unit.sign_in_codes.put(SignInCode(user.id, hash_secret(code), expires_at))
            await self.remember(unit, AuditAction.SIGN_IN_CODE_MADE, about_user(user.id), Origin())
            await unit.commit()
        return SignInLink(user, code, console_link(self.public_url, code), expires_at)
