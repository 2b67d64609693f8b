"""Coming back from a provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from application.identity.find_account import FindAccount
from application.identity.open_session import OpenSession, Tokens
from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.identity_providers import IdentityProvider
from application.ports.oauth_states import OAuthStates
from application.ports.unit_of_work import Store
from domain.audit import AuditAction, Origin
from domain.errors import Conflict, DarkroomError, Forbidden, Malformed, NotSignedIn
from domain.identity import hash_secret
from domain.oauth import OAuthRefused, OAuthStateInvalid, PendingSignIn, provider_error

REFUSALS = (NotSignedIn, Forbidden, Malformed, Conflict)


@dataclass(frozen=True, slots=True)
class FinishOAuth:
    """Exchange what a provider sent somebody back with for tokens of ours."""

    providers: Mapping[str, IdentityProvider]
    states: OAuthStates
    find_account: FindAccount
    open_session: OpenSession
    store: Store
    remember: Remember
    clock: Clock

    async def __call__(self, state: str, code: str, provider: str | None, origin: Origin) -> Tokens:
        by = "oauth"
        try:
            pending = await self._begun(state, provider)
            by = f"oauth:{pending.provider}"
            # Nothing of the database is held while the provider is asked.
            identity = await self.providers[pending.provider].exchange(code, pending)
            user = await self.find_account(identity, origin)
            return await self.open_session(user, origin, by=by)
        except REFUSALS as refusal:
            await self._note(refusal, by, origin)
            raise

    async def refused(self, state: str | None, error: str, origin: Origin) -> NoReturn:
        """Somebody was sent back without a code: that sign-in is over."""
        pending = None if state is None else await self.states.take(hash_secret(state))
        refusal = OAuthRefused(f"the provider did not sign you in: {provider_error(error)}")
        await self._note(refusal, f"oauth:{pending.provider}" if pending else "oauth", origin)
        raise refusal

    async def _begun(self, state: str, provider: str | None) -> PendingSignIn:
        pending = await self.states.take(hash_secret(state))
        if pending is None or pending.expired(self.clock.now()) or pending.provider not in self.providers:
            raise OAuthStateInvalid("this sign-in was not begun here, is over, or took too long; begin again")
        if provider not in {None, pending.provider}:
            raise OAuthStateInvalid("this sign-in was begun with another provider; begin again")
        return pending

    async def _note(self, refusal: DarkroomError, by: str, origin: Origin) -> None:
        async with self.store.begin() as unit:
            await self.remember(unit, AuditAction.SIGN_IN_REFUSED, "user:unknown", origin, by=by, reason=refusal.code)
            await unit.commit()
