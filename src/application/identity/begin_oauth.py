"""Sending somebody to a provider."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from application.ports.clock import Clock
from application.ports.identity_providers import IdentityProvider
from application.ports.ids import Ids
from application.ports.oauth_states import OAuthStates
from domain.errors import FieldError
from domain.identity import hash_secret
from domain.oauth import STATE_LIFETIME, PendingSignIn, UnknownProvider, chosen_redirect


@dataclass(frozen=True, slots=True)
class Departure:
    """Where to go, and the state to come back with."""

    authorization_url: str
    state: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class BeginOAuth:
    """Begin a sign-in through a provider; `redirect_uris` are where it may return to, the usual one first."""

    providers: Mapping[str, IdentityProvider]
    states: OAuthStates
    redirect_uris: Sequence[str]
    clock: Clock
    ids: Ids

    async def __call__(self, provider: str, redirect_uri: str | None = None) -> Departure:
        chosen = self.providers.get(provider)
        if chosen is None:
            told = f"there are {', '.join(sorted(self.providers)) or 'none here'}"
            raise UnknownProvider(f"unknown provider; {told}", errors=[FieldError("provider", told)])
        state, now = self.ids.secret(), self.clock.now()
        pending = PendingSignIn(
            state_hash=hash_secret(state),
            provider=provider,
            nonce=self.ids.secret(),
            code_verifier=self.ids.secret(),
            redirect_uri=chosen_redirect(redirect_uri, self.redirect_uris),
            expires_at=now + STATE_LIFETIME,
        )
        url = await chosen.authorization_url(state, pending)
        await self.states.add(pending, now)
        return Departure(url, state, int(STATE_LIFETIME.total_seconds()))
