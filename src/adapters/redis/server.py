"""The connections to one Redis server."""

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from domain.errors import Unavailable

MOST_CONNECTIONS = 50

LOST = (RedisError, OSError, TimeoutError)


class RedisServer:
    """One pool of connections for everything that uses the server.

    Nothing is tried twice in secret: whoever asks decides what a lost answer means. Idle connections that the server
    has closed are noticed and replaced before they are used.
    """

    def __init__(self, url: str, *, patience: float = 2) -> None:
        self.client = Redis.from_pool(
            BlockingConnectionPool.from_url(
                url,
                max_connections=MOST_CONNECTIONS,
                timeout=patience,
                socket_connect_timeout=patience,
                socket_timeout=patience,
                retry=Retry(NoBackoff(), 0),
            )
        )

    async def open(self) -> None:
        """Nothing to do before the first question."""

    async def check(self) -> None:
        """Return when it answers; else raise `Unavailable`."""
        try:
            await self.client.ping()
        except LOST as error:
            raise Unavailable(f"Redis does not answer: {error}") from error

    async def close(self) -> None:
        """Give the connections back."""
        await self.client.aclose()
