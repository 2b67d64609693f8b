"""Signing out."""

from dataclasses import dataclass, replace

from application.ports.clock import Clock
from application.ports.unit_of_work import Store
from domain.identity import hash_secret


@dataclass(frozen=True, slots=True)
class SignOut:
    """End the session of a refresh token, its access tokens with it; quiet when it has ended already."""

    store: Store
    clock: Clock

    async def __call__(self, refresh_token: str) -> None:
        async with self.store.begin() as unit:
            session = await unit.sessions.with_refresh_hash(hash_secret(refresh_token))
            if session is not None and session.revoked_at is None:
                await unit.sessions.save(replace(session, revoked_at=self.clock.now()))
                await unit.commit()
