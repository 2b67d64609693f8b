"""Port: signed statements about who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    user_id: UUID
    session_id: UUID
    username: str
    role: str
    permissions: tuple[str, ...]
    expires_at: datetime


class AccessTokens(Protocol):
    """Issues access tokens and reads back those it would accept."""

    async def issue(self, claims: Claims) -> str:
        """A token that any instance of this installation accepts until it expires."""
        ...

    async def read(self, token: str) -> Claims:
        """The claims of a token that is ours, whole, and in time; else `domain.errors.NotSignedIn`."""
        ...

    async def public_keys(self) -> Sequence[dict[str, Any]]:
        """The public halves of the keys it accepts, as JWKs; none where a shared secret signs."""
        ...
