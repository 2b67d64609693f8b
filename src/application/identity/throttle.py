"""Slowing down who guesses passwords."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from application.ports.rate_limiter import RateLimiter
from domain.errors import TooMany
from domain.rates import Limit, Verdict

# Ten mistakes at once are forgiven, then one each half minute: 2,900 guesses a day, and nobody is ever told to wait for
# longer than that half minute.
FAILURES = Limit(10, timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class SignInThrottle:
    """Counts the failed sign-ins of each name, of names nobody has as well, so that it tells nothing about them.

    While a name has to wait, the right password waits too: an answer that told it from the wrong ones would make every
    further guess worth while. For the same reason a sign-in checks twice: before the password is verified, to spare the
    work, and after it was right, as others may have failed meanwhile; `failed` refuses what is past the limit in
    the same words. Without a limiter nothing is counted.
    """

    limiter: RateLimiter | None

    async def check(self, name: str) -> None:
        """Raise `TooMany` while the name has to wait."""
        if self.limiter is not None:
            _refuse(await self.limiter.look(_bucket(name), FAILURES))

    async def failed(self, name: str) -> None:
        """Count one failure, or raise `TooMany` when there were too many already."""
        if self.limiter is not None:
            _refuse(await self.limiter.hit(_bucket(name), FAILURES))


def _refuse(verdict: Verdict) -> None:
    if not verdict.allowed:
        wait = verdict.retry_after
        raise TooMany(f"too many failed sign-ins for this name; try again in {ceil(wait)} s", retry_after=wait)


def _bucket(name: str) -> str:
    # Hashed for its length, and because a name, or a password typed into its field, is nobody else's business.
    return "sign-in:" + hashlib.sha256(name.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
