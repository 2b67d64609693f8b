"""Whether Redis answers."""

from redis.asyncio import Redis
from redis.exceptions import RedisError

from domain.errors import Unavailable


class RedisCheck:
    """Asks a Redis server whether it is there."""

    def __init__(self, url: str, *, patience: float = 2) -> None:
        self._client = Redis.from_url(url, socket_connect_timeout=patience, socket_timeout=patience)

    async def open(self) -> None:
        """Nothing to do before the first question."""

    async def check(self) -> None:
        """Return when it answers; else raise `Unavailable`."""
        try:
            await self._client.ping()
        except (RedisError, OSError) as error:
            raise Unavailable(f"Redis does not answer: {error}") from error

    async def close(self) -> None:
        """Give the connections back."""
        await self._client.aclose()
