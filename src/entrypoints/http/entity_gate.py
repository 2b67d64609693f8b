"""Who is let in to the library's entities: its own modes, and tokens of ours or of another service."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Scope

from application.library.authorize_entity import AuthorizeEntity
from domain.entity_access import EntityClaims, EntityNeed
from entrypoints.http.log_context import add_context
from entrypoints.http.middleware.cors import OriginRefused, is_foreign_page


@dataclass(frozen=True, slots=True)
class EntityGate:
    """Asks for what a route needs."""

    authorize: AuthorizeEntity
    need: EntityNeed

    async def __call__(self, scope: Scope, headers: Mapping[bytes, bytes]) -> EntityClaims | None:
        """What the token says, or None where none is looked at."""
        scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        shown = token.strip() if scheme.lower() == "bearer" else None
        claims = await self.authorize(self.need, shown)
        if claims is None and is_foreign_page(scope) and not await self.authorize.knows(shown):
            raise OriginRefused
        if claims is not None:
            add_context(user=claims.subject)
        return claims
