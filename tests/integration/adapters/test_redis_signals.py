"""Signals over Redis."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

import anyio
import pytest
import redis

from adapters.redis.server import RedisServer
from adapters.redis.signals import RedisSignals
from domain.errors import Unavailable
from tests.unit.contracts.signals import SignalsContract

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[RedisSignals]:
    server = RedisServer(url)
    signals = RedisSignals(server)
    await signals.open()
    yield signals
    await signals.close()
    await server.close()


class TestRedisSignals(SignalsContract):
    @pytest.fixture
    async def signals(self, redis_url: str) -> AsyncIterator[RedisSignals]:
        async with connected(redis_url) as signals:
            yield signals

    @pytest.fixture
    async def other(self, redis_url: str) -> AsyncIterator[RedisSignals]:
        async with connected(redis_url) as signals:
            yield signals

    async def test_listening_goes_on_after_the_connection_was_lost(
        self, redis_url: str, signals: RedisSignals, other: RedisSignals
    ) -> None:
        with anyio.fail_after(10):
            async with other.listen("jobs") as heard, signals.listen("jobs"):
                with redis.Redis.from_url(redis_url) as admin:
                    admin.client_kill_filter(_type="pubsub")
                    admin.client_kill_filter(_type="normal", skipme=True)
                await anyio.sleep(0.5)
                async with other.listen("sync"), signals.listen("sync"):
                    await signals.send("jobs", "again")
                assert await anext(heard) == "again"

    async def test_a_silent_server_is_missed_and_found_again(
        self, redis_url: str, signals: RedisSignals, other: RedisSignals, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.redis.signals.ALIVE_EVERY", 0.2)
        monkeypatch.setattr("adapters.redis.signals.ANSWER_WITHIN", 0.5)
        with anyio.fail_after(10):
            async with connected(redis_url) as quick, quick.listen("jobs") as heard:
                with redis.Redis.from_url(redis_url) as admin:
                    admin.client_pause(1_500)
                await anyio.sleep(2)
                async with quick.listen("sync"), signals.listen("sync"):
                    await signals.send("jobs", "again")
                assert await anext(heard) == "again"

    async def test_a_quiet_line_stays_open(self, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("adapters.redis.signals.ALIVE_EVERY", 0.05)
        async with connected(redis_url) as signals, signals.listen("jobs") as heard:
            with redis.Redis.from_url(redis_url) as admin:
                before = [client["id"] for client in admin.client_list(_type="pubsub")]
                await anyio.sleep(0.5)
                assert [client["id"] for client in admin.client_list(_type="pubsub")] == before
            await signals.send("jobs", "still")
            with anyio.fail_after(5):
                assert await anext(heard) == "still"

    async def test_databases_of_one_server_do_not_hear_each_other(self, redis_url: str, signals: RedisSignals) -> None:
        async with connected(redis_url.removesuffix("/0") + "/1") as elsewhere, signals.listen("jobs") as heard:
            await elsewhere.send("jobs", "theirs")
            await signals.send("jobs", "ours")
            with anyio.fail_after(5):
                assert await anext(heard) == "ours"


async def test_without_a_server_signals_are_lost_quietly() -> None:
    with anyio.fail_after(10):
        async with connected("redis://127.0.0.1:1/0") as signals:
            await signals.send("jobs", "lost")
            async with signals.listen("jobs"):
                pass


async def test_whether_the_server_answers(redis_url: str) -> None:
    for url, there in ((redis_url, True), ("redis://127.0.0.1:1/0", False)):
        server = RedisServer(url)
        await server.open()
        started = monotonic()
        if there:
            await server.check()
        else:
            with pytest.raises(Unavailable, match="does not answer"):
                await server.check()
        assert monotonic() - started < 5
        await server.close()
