"""How often one client may ask: a rule for each route, counted by the client's address.

The address is the one of the connection. What a request says of itself is believed by the server alone, from trusted
proxies alone, before anything here runs. Accounts are throttled elsewhere, by the sign-ins that failed.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from starlette.types import Scope

from application.ports.rate_limiter import RateLimiter
from domain.errors import TooMany
from domain.rates import Limit, counted_as
from entrypoints.http.log_context import current

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RateRule:
    """What each address may do of everything that goes by the same name."""

    name: str
    limit: Limit


# All are generous, since a school or a mobile carrier has many people behind one address: a rule stops floods, and
# people never meet it.

# A school that signs in at nine o'clock. Guessing at one account ends long before this, by its failures.
LOGIN = RateRule("login", Limit(300, MINUTE))
# Nobody registers often, and every account stays.
REGISTER = RateRule("register", Limit(60, MINUTE))
# Apps behind one address refresh every quarter of an hour: enough for nine thousand of them.
REFRESH = RateRule("refresh", Limit(600, MINUTE))
# A link for each file of a large batch; each leaves a pending upload behind.
PRESIGN = RateRule("presign", Limit(600, MINUTE))
# A collector asks every few seconds, and writing the page takes longer than most requests.
METRICS = RateRule("metrics", Limit(600, MINUTE))
# 600 a second for as long as it likes is more than an app asks that has all its users behind one address; ten seconds,
# so that a burst is soon forgiven.
EVERYTHING_ELSE = RateRule("else", Limit(6_000, timedelta(seconds=10)))


class Turnstile:
    """Counts the requests of one rule, says in the answer how many are left, and refuses those too many."""

    def __init__(self, rule: RateRule, limiter: RateLimiter) -> None:
        self._limit = rule.limit
        self._limiter = limiter
        self._bucket = f"{rule.name}:"
        self._header = (b"ratelimit-limit", b"%d" % rule.limit.count)

    async def __call__(self, scope: Scope) -> None:
        """Let one request through, or raise TooMany."""
        client = scope.get("client")
        address = counted_as(client[0]) if client else ""
        allowed, remaining, reset_after, retry_after = await self._limiter.hit(self._bucket + address, self._limit)
        if (record := current()) is not None:
            record.headers += (
                self._header,
                (b"ratelimit-remaining", b"%d" % remaining),
                (b"ratelimit-reset", b"%d" % ceil(reset_after)),
            )
        if not allowed:
            raise TooMany(
                f"too many requests from this address; try again in {ceil(retry_after)} s", retry_after=retry_after
            )
