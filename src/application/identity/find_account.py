"""The account of somebody whom a provider vouches for."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.end_sessions import EndSessions
from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store, UnitOfWork
from domain.audit import AuditAction, Origin
from domain.errors import Conflict
from domain.identity import User
from domain.oauth import ForeignIdentity, LinkedIdentity, check_vouched, claimed, linkable, newcomer


@dataclass(frozen=True, slots=True)
class _Left:
    """What ended with an account's former life: its sessions, and how many API keys."""

    sessions: Sequence[UUID] = ()
    keys: int = 0


@dataclass(frozen=True, slots=True)
class FindAccount:
    """The account an identity is linked to; else the one of its verified address, linked now; else a new one."""

    store: Store
    end_sessions: EndSessions
    remember: Remember
    clock: Clock
    ids: Ids
    registration_open: bool

    async def __call__(self, identity: ForeignIdentity, origin: Origin) -> User:
        try:
            return await self._once(identity, origin)
        except Conflict:
            # The same person may be coming in by another window; then the account is there now.
            return await self._once(identity, origin)

    async def _once(self, identity: ForeignIdentity, origin: Origin) -> User:
        async with self.store.begin() as unit:
            owner = await unit.linked_identities.owner(identity.issuer, identity.subject)
            known = await unit.users.get(owner) if owner else None
            if known is not None:
                return known
            check_vouched(identity)
            found = await unit.users.named(identity.email) if identity.email else None
            account = linkable(identity, found)
            user = await (self._admit(unit, identity, origin) if account is None else self._claim(unit, account))
            left = await self._empty(unit, user.id) if account is not None and account != user else _Left()
            await self._link(unit, identity, user, origin, keys_removed=left.keys)
            await unit.commit()
        await self.end_sessions.tell(left.sessions)
        return user

    async def _admit(self, unit: UnitOfWork, identity: ForeignIdentity, origin: Origin) -> User:
        user = newcomer(identity, self.ids.new(), self.clock.now(), registration_open=self.registration_open)
        await unit.users.add(user)
        by = f"oauth:{identity.provider}"
        await self.remember(unit, AuditAction.REGISTERED, about_user(user.id), origin, by=by)
        return user

    async def _claim(self, unit: UnitOfWork, account: User) -> User:
        proven = await unit.linked_identities.any_of(account.id)
        user = claimed(account, self.clock.now(), proven=proven)
        if user != account:
            await unit.users.save(user)
        return user

    async def _empty(self, unit: UnitOfWork, user_id: UUID) -> "_Left":
        """A stranger may have made the account: nothing that lets anybody in is left from before."""
        await unit.presigned_uploads.leave_owned(user_id)
        ended = await self.end_sessions.all_of(unit, user_id)
        await unit.second_factors.remove(user_id)
        return _Left(ended, await unit.api_keys.remove_owned(user_id))

    async def _link(
        self, unit: UnitOfWork, identity: ForeignIdentity, user: User, origin: Origin, *, keys_removed: int
    ) -> None:
        now = self.clock.now()
        await unit.linked_identities.add(
            LinkedIdentity(identity.issuer, identity.subject, user.id, identity.provider, now)
        )
        owner, by = Origin(user.id, origin.ip, origin.agent), f"oauth:{identity.provider}"
        about = about_user(user.id)
        await self.remember(unit, AuditAction.IDENTITY_LINKED, about, owner, by=by, keys_removed=keys_removed)
