"""Port: tokens of another authentication service that we were told to trust."""

from typing import Protocol

from domain.entity_access import EntityClaims


class ExternalTokens(Protocol):
    """Reads tokens that somebody else signs."""

    async def read(self, token: str) -> EntityClaims:
        """The claims of a token that is signed right, in time and meant for us; else `domain.errors.NotSignedIn`."""
        ...
