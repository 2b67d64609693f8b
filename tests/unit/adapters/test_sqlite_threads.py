"""Cancelled statements leave no task that waits for ever, and a database that is closed leaves no thread."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.sql.database import SqlDatabase
from adapters.sql.one_trip import OneTripConnection, SqliteThreads
from tests.unit.contracts.unit_of_work import cancelled_after

pytestmark = pytest.mark.anyio

WITHIN = 5


@contextmanager
def busy(connection: OneTripConnection) -> Iterator[Callable[[], None]]:
    """The connection's thread is in the middle of a statement until the function is called or the block ends."""
    begun, over = threading.Event(), threading.Event()

    def work(_: Any) -> None:
        begun.set()
        over.wait(WITHIN)

    statement = asyncio.ensure_future(connection.trip(work))
    try:
        yield over.set
    finally:
        over.set()
        statement.cancel()


async def test_closing_ends_although_the_connection_was_stopped_meanwhile(tmp_path: Path) -> None:
    threads = SqliteThreads()
    connection = await threads.connect(str(tmp_path / "store.db"))
    with busy(connection) as go_on:
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(connection.close())
        await asyncio.sleep(0)
        connection.stop()
        go_on()
        await asyncio.wait_for(closing, WITHIN)
    # Asking again later is answered as well.
    await asyncio.wait_for(connection.close(), WITHIN)
    connection._thread.join(WITHIN)
    assert not connection._thread.is_alive()


async def test_a_cancelled_closing_goes_on_and_can_be_waited_for(tmp_path: Path) -> None:
    threads = SqliteThreads()
    connection = await threads.connect(str(tmp_path / "store.db"))
    with busy(connection) as go_on:
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(connection.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.wait([closing])
        assert closing.cancelled()
        go_on()
        await threads.ended(WITHIN)
    connection._thread.join(WITHIN)
    assert not connection._thread.is_alive()


async def test_waiting_for_threads_is_bounded(tmp_path: Path) -> None:
    threads = SqliteThreads()
    connection = await threads.connect(str(tmp_path / "store.db"))
    with busy(connection):
        await asyncio.sleep(0)
        connection.stop()
        await threads.ended(0.01)
        assert connection._thread.is_alive()
    await threads.ended(WITHIN)


@pytest.mark.parametrize("insisting", [False, True])
async def test_cancelled_statements_leave_no_task_and_no_thread(tmp_path: Path, insisting: bool) -> None:
    tasks, alive = asyncio.all_tasks(), set(threading.enumerate())
    database = SqlDatabase(f"sqlite:///{tmp_path / 'store.db'}")
    await database.open()

    async def look() -> None:
        async with database.transaction() as connection:
            for _ in range(3):
                await connection.exec_driver_sql("SELECT 1")

    for turns in range(60):
        await cancelled_after(turns, asyncio.create_task(look()), insisting=insisting)
    left = asyncio.all_tasks() - tasks
    if left:
        await asyncio.wait(left, timeout=WITHIN)
    assert not {task for task in left if not task.done()}
    await database.close()
    for thread in set(threading.enumerate()) - alive:
        thread.join(WITHIN)
    assert set(threading.enumerate()) <= alive
