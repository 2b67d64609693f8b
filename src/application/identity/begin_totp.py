"""Setting up an app for codes."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from application.identity.spend_code import SpendCode
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.access import UserCaller
from domain.errors import NotSignedIn
from domain.second_factor import NoPassword, SecondFactor, SecondFactorOn, in_base32, otpauth_url


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an app is given: the secret, and the same as an address for a QR code."""

    secret: str
    otpauth_url: str


@dataclass(frozen=True, slots=True)
class BeginTotp:
    """Make a secret for an app; it counts once a code confirms that the app has it. Begun anew, it is another one."""

    store: Store
    spend: SpendCode
    clock: Clock
    ids: Ids
    public_url: str

    async def __call__(self, caller: UserCaller) -> Enrolment:
        seal = await self.spend.seal(caller.user_id)
        async with self.store.begin() as unit:
            user = await unit.users.get(caller.user_id)
            if user is None:
                raise NotSignedIn("this account does not exist any more")
            if user.password_hash is None:
                raise NoPassword("this account signs in through a provider, whose second factor counts")
            there = await unit.second_factors.get(user.id)
            if there is not None and there.on:
                raise SecondFactorOn("this account has a second factor; switch that off first")
            factor = SecondFactor(user.id, self.ids.secret(), self.clock.now())
            await unit.second_factors.put(factor)
            await unit.commit()
        secret = factor.secret(seal)
        return Enrolment(in_base32(secret), otpauth_url(secret, self._issuer(), user.username))

    def _issuer(self) -> str:
        # Apps tell accounts apart by it, and somebody may have one on several installations.
        return f"Darkroom {urlsplit(self.public_url).hostname}"
