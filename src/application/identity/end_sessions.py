"""Ending sessions, so that their access tokens die with them, at once and everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.identity.remember import Remember, about_user
from application.ports.clock import Clock
from application.ports.sessions import SessionReads
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from domain.audit import AuditAction, Origin
from domain.identity import SESSIONS_TOPIC, Session, SessionMissing, hash_secret


@dataclass(frozen=True, slots=True)
class EndSessions:
    """Ends sessions and tells every instance."""

    store: Store
    sessions: SessionReads
    signals: Signals
    remember: Remember
    clock: Clock

    async def by_refresh_token(self, refresh_token: str, origin: Origin) -> None:
        """Sign out; quiet when the token signs nobody in."""
        session = await self.sessions.refreshed_by(hash_secret(refresh_token))
        if session is not None and session.revoked_at is None:
            signed_in = Origin(session.user_id, origin.ip, origin.agent)
            await self.one(session, signed_in, AuditAction.SIGNED_OUT)

    async def one(self, session: Session, origin: Origin, why: AuditAction) -> None:
        """End one session; quiet when somebody else has just done so."""
        async with self.store.begin() as unit:
            if not await unit.sessions.revoke(session.id, self.clock.now()):
                return
            await self.remember(unit, why, about_user(session.user_id), origin, session=str(session.id))
            await unit.commit()
        await self.tell([session.id])

    async def own(self, user_id: UUID, session_id: UUID, origin: Origin) -> None:
        """End one of somebody's own sessions; `SessionMissing` when it is not theirs."""
        session = await self.sessions.get(session_id)
        if session is None or session.user_id != user_id or not session.alive(self.clock.now()):
            raise SessionMissing("there is no such session")
        await self.one(session, origin, AuditAction.SESSION_ENDED)

    async def everywhere(self, user_id: UUID, origin: Origin) -> int:
        """End all of somebody's sessions, and say how many that were."""
        async with self.store.begin() as unit:
            ended = await self.all_of(unit, user_id)
            await self.remember(
                unit, AuditAction.SIGNED_OUT_EVERYWHERE, about_user(user_id), origin, sessions=len(ended)
            )
            await unit.commit()
        await self.tell(ended)
        return len(ended)

    async def all_of(self, unit: UnitOfWork, user_id: UUID, but: UUID | None = None) -> Sequence[UUID]:
        """End all of somebody's sessions, perhaps but one, within a unit; `tell` of them once it is committed.

        With them goes a code that would begin another.
        """
        await unit.sign_in_codes.remove(user_id)
        return await unit.sessions.revoke_all(user_id, self.clock.now(), but)

    async def tell(self, session_ids: Sequence[UUID]) -> None:
        """Let every instance forget these sessions."""
        for session_id in session_ids:
            await self.signals.send(SESSIONS_TOPIC, str(session_id))
