"""Who made a link, and whether they still may what it lets others do."""

from dataclasses import dataclass
from uuid import UUID

from application.identity.live_sessions import KnownAccounts
from application.ports.api_keys import ApiKeyReads
from application.ports.clock import Clock
from application.ports.users import UserReads
from domain.access import Caller, KeyCaller, UserCaller
from domain.identity import User

KEY, USER = "key:", "user:"


@dataclass(frozen=True, slots=True)
class Maker:
    """Whoever makes a link: their name stands in it, and `sealed` is covered by its seal."""

    name: str
    sealed: str
    caller: Caller


@dataclass(frozen=True, slots=True)
class LinkMakers:
    """Finds the makers of links. When a link is opened, in the database: a link dies with its maker, at once."""

    accounts: KnownAccounts
    users: UserReads
    api_keys: ApiKeyReads
    clock: Clock

    async def making(self, caller: Caller) -> Maker | None:
        """A caller who makes a link; nothing when their account is gone."""
        if isinstance(caller, KeyCaller):
            return _key(caller)
        user = await self.accounts.get(caller.user_id)
        return None if user is None else _user(user)

    async def named(self, name: str) -> Maker | None:
        """The maker whose name stands in a link, while they may anything."""
        try:
            if name.startswith(USER):
                return await self._account(UUID(name.removeprefix(USER)))
            return await self._key(UUID(name.removeprefix(KEY)))
        except ValueError:
            return None

    async def _account(self, user_id: UUID) -> Maker | None:
        user = await self.users.get(user_id)
        return _user(user) if user is not None and user.is_active else None

    async def _key(self, key_id: UUID) -> Maker | None:
        key = await self.api_keys.known(key_id)
        if key is None or not key.usable(self.clock.now()):
            return None
        return _key(KeyCaller(key.id, key.project_id, key.scopes))


def _key(caller: KeyCaller) -> Maker:
    name = f"{KEY}{caller.key_id}"
    return Maker(name, name, caller)


def _user(user: User) -> Maker:
    name = f"{USER}{user.id}"
    # Not a time in the link, which clocks could disagree about: a link of before has another seal.
    since = "" if user.links_since is None else user.links_since.isoformat()
    return Maker(name, f"{name} {since}", UserCaller(user.id, user.username, user.role, user.permissions))
