"""Redis, where there is one."""

from entrypoints.settings import Settings
from entrypoints.wiring.parts import Redis


def redis_of(settings: Settings) -> Redis | None:
    """One server and one pool of connections for all that goes through it."""
    if settings.redis_url is None:
        return None
    from adapters.memory.rate_limiter import MemoryRateLimiter
    from adapters.redis.rate_limiter import RedisRateLimiter
    from adapters.redis.server import RedisServer
    from adapters.redis.signals import RedisSignals
    from adapters.system.clock import SystemClock

    server = RedisServer(settings.redis_url)
    signals = RedisSignals(server)
    limiter = RedisRateLimiter(server, meanwhile=MemoryRateLimiter(SystemClock()))
    return Redis(server.check, signals, limiter, held=(server, signals))
