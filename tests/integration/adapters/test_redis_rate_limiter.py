"""Hits counted in Redis."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from time import monotonic
from urllib.parse import urlsplit

import anyio
import pytest
import redis

from adapters.memory.clock import ManualClock
from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.redis.server import RedisServer
from domain.rates import Limit
from tests.servers.tcp_proxy import Fault, TcpProxy
from tests.unit.contracts.rate_limiter import PER_HOUR, QUICK, RateLimiterContract

pytestmark = pytest.mark.anyio

PATIENCE = 30


def limiter_of(server: RedisServer) -> RedisRateLimiter:
    return RedisRateLimiter(server, meanwhile=MemoryRateLimiter(ManualClock()))


@pytest.fixture
async def server(redis_url: str) -> AsyncIterator[RedisServer]:
    server = RedisServer(redis_url, patience=PATIENCE)
    yield server
    await server.close()


def patient(server: RedisServer) -> RedisRateLimiter:
    """On a machine that is busy with other tests, Redis may take its time."""
    return RedisRateLimiter(server, meanwhile=MemoryRateLimiter(ManualClock()), answer_within=PATIENCE)


class TestRedisRateLimiter(RateLimiterContract):
    @pytest.fixture
    def limiter(self, server: RedisServer) -> RedisRateLimiter:
        return patient(server)

    @pytest.fixture
    async def other(self, redis_url: str) -> AsyncIterator[RedisRateLimiter]:
        server = RedisServer(redis_url, patience=PATIENCE)
        yield patient(server)
        await server.close()

    @pytest.fixture
    def wait(self) -> Callable[[float], Awaitable[None]]:
        return anyio.sleep

    async def test_redis_forgets_what_is_paid_off(self, redis_url: str, limiter: RedisRateLimiter) -> None:
        await limiter.hit("once", PER_HOUR)
        for _ in range(3):
            await limiter.hit("often", QUICK)
        await limiter.look("never", QUICK)
        with redis.Redis.from_url(redis_url) as client:
            lives = {key: client.pttl(key) for key in client.scan_iter()}
        assert lives == {
            b"darkroom:rate:once": pytest.approx(1_200_000, abs=60_000),
            b"darkroom:rate:often": pytest.approx(2_500, abs=500),
        }

    async def test_a_hit_is_one_question(self, redis_url: str, limiter: RedisRateLimiter) -> None:
        await limiter.hit("a", PER_HOUR)
        with redis.Redis.from_url(redis_url) as client:
            before = client.info("commandstats")["cmdstat_evalsha"]["calls"]
            for _ in range(10):
                await limiter.hit("a", PER_HOUR)
            stats = client.info("commandstats")
        assert stats["cmdstat_evalsha"]["calls"] == before + 10

    async def test_a_script_that_the_server_forgot_is_told_again(
        self, redis_url: str, limiter: RedisRateLimiter
    ) -> None:
        await limiter.hit("a", PER_HOUR)
        with redis.Redis.from_url(redis_url) as client:
            client.script_flush()
        assert (await limiter.hit("a", PER_HOUR)).remaining == 1

    async def test_nonsense_under_a_key_of_ours_is_no_end(self, redis_url: str, limiter: RedisRateLimiter) -> None:
        with redis.Redis.from_url(redis_url) as client:
            client.set("darkroom:rate:a", "nonsense")
            client.lpush("darkroom:rate:b", "nonsense")
        assert (await limiter.hit("a", PER_HOUR)).remaining == 2
        assert (await limiter.hit("b", PER_HOUR)).remaining == 2


class TestWithoutAnAnswer:
    async def test_each_process_counts_alone(self) -> None:
        limiter = limiter_of(RedisServer("redis://127.0.0.1:1/0"))
        verdicts = [await limiter.hit("a", PER_HOUR) for _ in range(4)]
        assert [each.allowed for each in verdicts] == [True, True, True, False]
        assert not (await limiter.look("a", PER_HOUR)).allowed

    async def test_nobody_waits_long_and_the_log_says_it_once(
        self, redis_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("WARNING", "adapters.redis.rate_limiter")
        address = urlsplit(redis_url)
        async with TcpProxy(str(address.hostname), int(address.port or 6379)) as proxy:
            proxy.fault = Fault(silent=True)
            server = RedisServer(f"redis://127.0.0.1:{proxy.port}/0")
            limiter = limiter_of(server)
            started = monotonic()
            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(limiter.hit, "a", Limit(100, timedelta(hours=1)))
            for _ in range(20):
                last = await limiter.hit("a", Limit(100, timedelta(hours=1)))
            assert monotonic() - started < 2
            assert last.remaining == 60
            assert [record.message.partition(":")[0] for record in caplog.records] == [
                "rates are counted by this process alone"
            ]
            await server.close()

    async def test_it_comes_back_by_itself(self, redis_url: str) -> None:
        address = urlsplit(redis_url)
        async with TcpProxy(str(address.hostname), int(address.port or 6379)) as proxy:
            server = RedisServer(f"redis://127.0.0.1:{proxy.port}/0")
            limiter = limiter_of(server)
            assert (await limiter.hit("a", PER_HOUR)).remaining == 2
            proxy.fault = Fault(silent=True)
            proxy.drop_connections()
            assert (await limiter.hit("a", PER_HOUR)).remaining == 2, "counted alone"
            proxy.fault = Fault()
            proxy.drop_connections()
            await anyio.sleep(1.1)
            assert (await limiter.hit("a", PER_HOUR)).remaining == 1, "counted in Redis again"
            await server.close()
