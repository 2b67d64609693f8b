"""Signals over PostgreSQL."""

from collections.abc import AsyncIterator

import anyio
import psycopg
import pytest

from adapters.postgres.signals import PostgresSignals
from tests.unit.contracts.signals import SignalsContract

pytestmark = pytest.mark.anyio


class TestPostgresSignals(SignalsContract):
    @pytest.fixture
    async def signals(self, postgres_url: str) -> AsyncIterator[PostgresSignals]:
        signals = PostgresSignals(postgres_url)
        await signals.open()
        yield signals
        await signals.close()

    @pytest.fixture
    async def other(self, postgres_url: str) -> AsyncIterator[PostgresSignals]:
        signals = PostgresSignals(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
        await signals.open()
        yield signals
        await signals.close()

    async def test_listening_goes_on_after_the_connection_was_lost(
        self, postgres_url: str, signals: PostgresSignals, other: PostgresSignals
    ) -> None:
        with anyio.fail_after(10):
            async with other.listen("jobs") as heard, signals.listen("jobs"):
                with psycopg.connect(postgres_url, autocommit=True) as admin:
                    admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE pid <> pg_backend_pid() AND datname = current_database()"
                    )
                await anyio.sleep(0.5)
                async with other.listen("sync"), signals.listen("sync"):
                    await signals.send("jobs", "again")
                assert await anext(heard) == "again"


async def test_without_a_server_signals_are_lost_quietly() -> None:
    signals = PostgresSignals("postgresql://nobody:x@127.0.0.1:1/none")
    await signals.open()
    with anyio.fail_after(10):
        await signals.send("jobs", "lost")
        async with signals.listen("jobs"):
            pass
    await signals.close()
