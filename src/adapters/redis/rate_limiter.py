"""Hits counted in Redis, for every instance together."""

import asyncio
import logging
from time import monotonic
from typing import Literal

from adapters.redis.server import LOST, RedisServer
from application.ports.rate_limiter import RateLimiter
from domain.rates import Limit, Verdict

PREFIX = "darkroom:rate:"

ANSWER_WITHIN = 0.25
_ALONE_FOR = 1.0

# The sums of `Limit.owed` and `Limit.hit`, done where the number is and by the clock that all instances share.
_SCRIPT = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local clear_at = tonumber(redis.call('GET', KEYS[1])) or now
local owed = math.min(math.max(clear_at - now, 0), most)
local allowed = owed + interval <= most
if allowed and ARGV[3] == 'hit' then
  owed = owed + interval
  redis.call('SET', KEYS[1], string.format('%.0f', now + owed), 'PX', math.ceil(owed / 1000))
end
return {allowed and 1 or 0, owed}
"""

_log = logging.getLogger(__name__)


class RedisRateLimiter:
    """One script and one round trip a hit. While Redis does not answer in time, another limiter stands in."""

    def __init__(self, server: RedisServer, meanwhile: RateLimiter, *, answer_within: float = ANSWER_WITHIN) -> None:
        self._script = server.client.register_script(_SCRIPT)
        self._meanwhile = meanwhile
        self._answer_within = answer_within
        self._alone = False
        self._alone_until = 0.0

    async def hit(self, bucket: str, limit: Limit) -> Verdict:
        return await self._ask("hit", bucket, limit) or await self._meanwhile.hit(bucket, limit)

    async def look(self, bucket: str, limit: Limit) -> Verdict:
        return await self._ask("look", bucket, limit) or await self._meanwhile.look(bucket, limit)

    async def _ask(self, what: Literal["hit", "look"], bucket: str, limit: Limit) -> Verdict | None:
        if monotonic() < self._alone_until:
            return None
        try:
            async with asyncio.timeout(self._answer_within):
                allowed, owed = await self._script([PREFIX + bucket], [limit.interval, limit.most, what])
        except LOST as error:
            self._go_alone(error)
            return None
        self._come_back()
        return limit.verdict(owed, allowed=allowed == 1)

    def _go_alone(self, error: BaseException) -> None:
        # Nobody else waits for a server that has just been found silent.
        self._alone_until = monotonic() + _ALONE_FOR
        if not self._alone:
            self._alone = True
            _log.warning("rates are counted by this process alone: Redis does not answer: %r", error)

    def _come_back(self) -> None:
        if self._alone:
            self._alone = False
            _log.warning("rates are counted in Redis again")
