"""Finding out who asks."""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from application.identity.live_sessions import LiveSessions
from application.ports.access_tokens import AccessTokens, Claims
from application.ports.api_keys import ApiKeyReads
from application.ports.clock import Clock
from domain.access import Caller, KeyCaller, Role, UserCaller
from domain.api_keys import PREFIX, ApiKey
from domain.errors import NotSignedIn, StorageFull, Unavailable
from domain.identity import hash_secret

# A busy key is noted this often, not at each request.
NOTED_EVERY = timedelta(minutes=1)
MOST_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Who stands behind an access token or an API key; `NotSignedIn` when nobody does."""

    access_tokens: AccessTokens
    live_sessions: LiveSessions
    api_keys: ApiKeyReads
    clock: Clock
    verified: "OrderedDict[str, tuple[UserCaller, datetime]]" = field(default_factory=OrderedDict)

    async def __call__(self, secret: str) -> Caller:
        if secret.startswith(PREFIX):
            return await self._key(secret)
        return await self._user(secret)

    async def _user(self, token: str) -> UserCaller:
        caller = self._remembered(token) or await self._verify(token)
        if caller.session_id is None or not await self.live_sessions.alive(caller.session_id):
            raise NotSignedIn("this session has ended; sign in again")
        return caller

    def _remembered(self, token: str) -> UserCaller | None:
        """A token's signature is checked once: it cannot become wrong, only old."""
        found = self.verified.get(token)
        return found[0] if found and self.clock.now() < found[1] else None

    async def _verify(self, token: str) -> UserCaller:
        claims = await self.access_tokens.read(token)
        caller = caller_of(claims)
        self.verified[token] = caller, claims.expires_at
        if len(self.verified) > MOST_TOKENS:
            self.verified.popitem(last=False)
        return caller

    async def _key(self, secret: str) -> KeyCaller:
        key = await self.api_keys.hashed(hash_secret(secret))
        now = self.clock.now()
        if key is None or not key.usable(now):
            raise NotSignedIn("this API key is unknown, expired or switched off")
        if _worth_noting(key, now - NOTED_EVERY):
            # A note in passing refuses nobody: a full or absent database is the next request's business.
            with suppress(Unavailable, StorageFull):
                await self.api_keys.touch(key.id, now)
        return KeyCaller(key_id=key.id, project_id=key.project_id, scopes=key.scopes)


def caller_of(claims: Claims) -> UserCaller:
    """Whom an access token speaks of."""
    return UserCaller(
        user_id=claims.user_id,
        username=claims.username,
        role=Role(claims.role),
        permissions=frozenset(claims.permissions),
        session_id=claims.session_id,
    )


def _worth_noting(key: ApiKey, before: datetime) -> bool:
    return key.last_used_at is None or key.last_used_at < before
