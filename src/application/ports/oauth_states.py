"""Port: sign-ins on their way through a provider."""

from datetime import datetime
from typing import Protocol

from domain.oauth import PendingSignIn


class OAuthStates(Protocol):
    """Sign-ins that were begun, each to be taken once."""

    async def add(self, pending: PendingSignIn, now: datetime) -> None:
        """Keep it, durable on return, and forget those that have expired; `AlreadyThere` when its hash is known."""
        ...

    async def take(self, state_hash: str) -> PendingSignIn | None:
        """The sign-in, for one caller only however many ask; it is gone afterwards. Or nothing."""
        ...
