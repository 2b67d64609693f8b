"""Where hits are counted for the rate limits."""

from dependency_injector import containers, providers

from application.ports.rate_limiter import RateLimiter
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Redis


def memory() -> RateLimiter:
    """In this process alone."""
    from adapters.memory.rate_limiter import MemoryRateLimiter
    from adapters.system.clock import SystemClock

    return MemoryRateLimiter(SystemClock())


def shared(server: Redis) -> RateLimiter:
    """In Redis, for every instance together."""
    return server.limiter


class Limiters(containers.DeclarativeContainer):
    """The limiter that the settings select; None when they switch limits off."""

    settings = providers.Dependency(instance_of=Settings)
    redis: providers.Dependency[Redis | None] = providers.Dependency()
    selected = providers.Selector(
        settings.provided.rate_limit,
        memory=providers.Singleton(memory),
        redis=providers.Singleton(shared, redis),
        off=providers.Object(None),
    )
