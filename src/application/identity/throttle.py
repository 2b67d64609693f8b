"""Slowing down who guesses passwords."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from uuid import UUID

from application.ports.rate_limiter import RateLimiter
from domain.errors import TooMany
from domain.rates import Limit, Verdict, counted_as

# Ten mistakes at once are forgiven, then one each half minute.
FROM_ONE_ADDRESS = Limit(10, timedelta(minutes=5))
# Far more than one person makes, so that a stranger elsewhere keeps nobody out; a crowd of addresses is slowed all the
# same.
FROM_EVERYWHERE = Limit(300, timedelta(minutes=5))
# Codes are guessed by those alone who have the password, one in some 300,000 is right at a time, and a crowd of
# addresses could try for weeks.
CODES = Limit(20, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class SignInThrottle:
    """Counts the failed sign-ins of each account, whichever of its names is used, and of names that no account has.

    Those are counted as well so that an answer tells nothing about them. While an account has to wait, the right
    password waits too: an answer that told it from the wrong ones would make every further guess worth while. For the
    same reason a sign-in checks twice: before the password is verified, to spare the work, and after it was right, as
    others may have failed meanwhile; `failed` refuses what is past the limit in the same words. Codes of the second
    factor count as well, and for themselves besides. Without a limiter nothing is counted.
    """

    limiter: RateLimiter | None

    async def check(self, who: UUID | str, address: str | None, *, code: bool = False) -> None:
        """Raise `TooMany` while this account, or this name of nobody's, has to wait."""
        if self.limiter is not None:
            for bucket, limit in _buckets(who, address, code=code):
                _refuse(await self.limiter.look(bucket, limit))

    async def failed(self, who: UUID | str, address: str | None, *, code: bool = False) -> None:
        """Count one failure, or raise `TooMany` when there were too many already."""
        if self.limiter is not None:
            for bucket, limit in _buckets(who, address, code=code):
                _refuse(await self.limiter.hit(bucket, limit))


def _refuse(verdict: Verdict) -> None:
    if not verdict.allowed:
        wait = verdict.retry_after
        raise TooMany(f"too many failed sign-ins for this account; try again in {ceil(wait)} s", retry_after=wait)


def _buckets(who: UUID | str, address: str | None, *, code: bool) -> tuple[tuple[str, Limit], ...]:
    # Hashed for its length, and because a name, or a password typed into its field, is nobody else's business.
    hashed = hashlib.sha256(str(who).strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()[:32]
    here = f"sign-in:{hashed}:{counted_as(address or 'nowhere')}"
    usual = (here, FROM_ONE_ADDRESS), (f"sign-in:{hashed}", FROM_EVERYWHERE)
    return (*usual, (f"second-factor:{hashed}", CODES)) if code else usual
