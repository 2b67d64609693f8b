"""Finding out who asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.access_tokens import AccessTokens
from application.ports.api_keys import ApiKeyReads
from application.ports.clock import Clock
from application.ports.sessions import SessionReads
from domain.access import Caller, KeyCaller, Role, UserCaller
from domain.api_keys import PREFIX, ApiKey
from domain.errors import NotSignedIn
from domain.identity import hash_secret

# A busy key is noted this often, not at each request.
NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Who stands behind an access token or an API key; `NotSignedIn` when nobody does."""

    access_tokens: AccessTokens
    sessions: SessionReads
    api_keys: ApiKeyReads
    clock: Clock

    async def __call__(self, secret: str) -> Caller:
        if secret.startswith(PREFIX):
            return await self._key(secret)
        return await self._user(secret)

    async def _user(self, token: str) -> UserCaller:
        claims = await self.access_tokens.read(token)
        session = await self.sessions.get(claims.session_id)
        if session is None or not session.alive(self.clock.now()):
            raise NotSignedIn("this session has ended; sign in again")
        return UserCaller(
            user_id=claims.user_id,
            username=claims.username,
            role=Role(claims.role),
            permissions=frozenset(claims.permissions),
            session_id=claims.session_id,
        )

    async def _key(self, secret: str) -> KeyCaller:
        key = await self.api_keys.hashed(hash_secret(secret))
        now = self.clock.now()
        if key is None or not key.usable(now):
            raise NotSignedIn("this API key is unknown, expired or switched off")
        if _worth_noting(key, now - NOTED_EVERY):
            await self.api_keys.touch(key.id, now)
        return KeyCaller(key_id=key.id, project_id=key.project_id, scopes=key.scopes)


def _worth_noting(key: ApiKey, before: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at < before
