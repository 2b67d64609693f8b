"""A new password for one's own account, or for somebody's by whoever sits at the machine."""

from dataclasses import dataclass, replace

from application.identity.end_sessions import EndSessions
from application.identity.remember import Remember, about_user
from application.identity.throttle import SignInThrottle
from application.ports.clock import Clock
from application.ports.passwords import Passwords
from application.ports.unit_of_work import Store
from application.ports.users import UserReads
from domain.access import UserCaller
from domain.audit import AuditAction, Origin
from domain.errors import NotSignedIn
from domain.identity import PasswordChanged, User, UserMissing, WrongPassword, check_password


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Replace a password; every other session of the account ends."""

    store: Store
    users: UserReads
    passwords: Passwords
    throttle: SignInThrottle
    end_sessions: EndSessions
    remember: Remember
    clock: Clock

    async def __call__(self, caller: UserCaller, current: str, new: str, origin: Origin) -> None:
        """One's own, by whoever knows the one there is."""
        user = await self.users.get(caller.user_id)
        if user is None:
            raise NotSignedIn("this account does not exist any more")
        check_password(new, user.username, user.email, field="new_password")
        await self._require(user, current, origin)
        await self._save(user, new, origin, caller)

    async def of(self, username: str, new: str) -> User:
        """That of the account with this name or address; only the command line asks for it."""
        user = await self.users.named(username)
        if user is None:
            raise UserMissing(f"there is no user {username}")
        check_password(new, user.username, user.email)
        await self._save(user, new, Origin())
        return user

    async def _require(self, user: User, current: str, origin: Origin) -> None:
        await self.throttle.check(user.id, origin.ip)
        if not await self.passwords.verify(current, user.password_hash):
            await self.throttle.failed(user.id, origin.ip)
            raise WrongPassword("this is not the account's password")

    async def _save(self, user: User, new: str, origin: Origin, caller: UserCaller | None = None) -> None:
        hashed = await self.passwords.hash(new)
        async with self.store.begin() as unit:
            now = await unit.users.get(user.id)
            if now is None or now.password_hash != user.password_hash:
                raise PasswordChanged("the password was changed meanwhile; sign in with the new one")
            await unit.users.save(replace(now, password_hash=hashed, updated_at=self.clock.now()))
            ended = await self.end_sessions.all_of(unit, user.id, but=caller.session_id if caller else None)
            await self.remember(unit, AuditAction.PASSWORD_CHANGED, about_user(user.id), origin)
            await unit.commit()
        await self.end_sessions.tell(ended)
