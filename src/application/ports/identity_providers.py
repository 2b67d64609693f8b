"""Port: those who tell us who somebody is."""

from typing import Protocol

from domain.oauth import ForeignIdentity, PendingSignIn


class IdentityProvider(Protocol):
    """One provider. Its silence is `Unavailable`, within a bounded time."""

    async def authorization_url(self, state: str, pending: PendingSignIn) -> str:
        """Where to send somebody, so that they come back with the state and a code.

        The code will be of use to nobody without the verifier, and the proof names the nonce.
        """
        ...

    async def exchange(self, code: str, pending: PendingSignIn) -> ForeignIdentity:
        """Who the code stands for, proved by the provider's signature; `OAuthRefused` when it is not."""
        ...
