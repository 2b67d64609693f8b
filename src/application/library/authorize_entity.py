"""Letting somebody at the library's entities."""

from dataclasses import dataclass

from application.identity.authenticate import Authenticate
from application.ports.external_tokens import ExternalTokens
from domain.access import Role, UserCaller
from domain.entity_access import EntityClaims, EntityMode, EntityNeed
from domain.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class AuthorizeEntity:
    """Our own access tokens count here, and those of the service whose public key we were given."""

    mode: EntityMode
    authenticate: Authenticate
    external_tokens: ExternalTokens | None = None

    async def __call__(self, need: EntityNeed, token: str | None) -> EntityClaims | None:
        """Whose token it is, or None where no token is looked at; `NotSignedIn` or `Forbidden` otherwise."""
        if self.mode.is_open(need):
            return None
        if not token:
            raise NotSignedIn("send the header 'Authorization: Bearer <token>'")
        claims = await self._claims(token)
        claims.require(need)
        return claims

    async def knows(self, token: str | None) -> bool:
        """Whether it is somebody's valid token, whatever it allows."""
        try:
            return bool(token) and await self._claims(token or "") is not None
        except NotSignedIn:
            return False

    async def _claims(self, token: str) -> EntityClaims:
        try:
            caller = await self.authenticate(token)
        except NotSignedIn:
            if self.external_tokens is None:
                raise
            return await self.external_tokens.read(token)
        if not isinstance(caller, UserCaller):
            raise NotSignedIn("entities take a user's token, not an API key")
        return EntityClaims(str(caller.user_id), caller.permissions, is_admin=caller.role is Role.SU)
