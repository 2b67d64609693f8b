"""How often is too often. Each hit makes a debt of time, which passing time pays off; who owes too much has to wait.

One number a bucket is all there is to keep: the moment at which nothing is owed any more, in microseconds (GCRA).
"""

from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


class Verdict(NamedTuple):
    """Whether a hit is allowed and what follows from it, in seconds.

    `remaining` hits would be allowed at once, the next one after `retry_after`; after `reset_after` all is forgotten.
    """

    allowed: bool
    remaining: int
    reset_after: float
    retry_after: float


@dataclass(frozen=True, slots=True)
class Limit:
    """`count` at once, and then one more in each `count`th part of `per`."""

    count: int
    per: timedelta
    interval: int = field(init=False, repr=False, compare=False)  # what one hit costs, in microseconds
    most: int = field(init=False, repr=False, compare=False)  # what may be owed, in microseconds

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("a limit allows something")
        interval = self.per // MICROSECOND // self.count
        if interval < 1:
            raise ValueError("a limit allows at most one hit a microsecond")
        object.__setattr__(self, "interval", interval)
        object.__setattr__(self, "most", interval * self.count)

    def owed(self, clear_at: int, now: int) -> int:
        """What a bucket owes that is clear at some moment; never more than allowed, even when a clock was put back."""
        return min(max(clear_at - now, 0), self.most)

    def hit(self, owed: int) -> tuple[int, Verdict]:
        """What is owed after one more hit, and whether it is allowed; refused ones cost nothing."""
        if owed + self.interval > self.most:
            return owed, self.verdict(owed, allowed=False)
        return owed + self.interval, self.verdict(owed + self.interval, allowed=True)

    def look(self, owed: int) -> Verdict:
        """Whether one more hit would be allowed."""
        return self.verdict(owed, allowed=owed + self.interval <= self.most)

    def verdict(self, owed: int, *, allowed: bool) -> Verdict:
        """What is to be said to somebody who owes this much."""
        wait = max(owed + self.interval - self.most, 0)
        return Verdict(allowed, (self.most - owed) // self.interval, owed / SECOND, wait / SECOND)


@lru_cache(maxsize=10_000)
def counted_as(host: str) -> str:
    """What an address is counted as: IPv6 by the /64 that one customer has; all that is no address counts together."""
    try:
        address: IPv4Address | IPv6Address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv4Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address), 64), strict=False))
