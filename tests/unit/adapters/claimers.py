"""Several processes that claim from one database at the same time."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from uuid import UUID

from adapters.sql.database import SqlDatabase
from adapters.sql.job_queue import SqlJobQueue
from adapters.sql.store import SqlStore
from tests.servers.process import ending_with_us

SPAWN = multiprocessing.get_context("spawn")


async def work(url: str, slots: int) -> list[UUID]:
    """Claim and complete until nothing is left."""
    database = SqlDatabase(url)
    await database.open()
    store, queue, done = SqlStore(database), SqlJobQueue(database), []
    while claimed := await queue.claim(slots=slots, lease=timedelta(seconds=60)):
        async with store.begin() as unit:
            for job in claimed:
                assert job.lease
                await unit.jobs.complete(job.lease)
            await unit.commit()
        done += [job.id for job in claimed]
    await database.close()
    return done


def worker(url: str, slots: int) -> list[UUID]:
    """The same as a process of its own."""
    return asyncio.run(work(url, slots))


def claimed_by_processes(url: str, processes: int, slots: int) -> Sequence[UUID]:
    """All jobs that were claimed, each as often as it was; a process that dies is an error, not a wait."""
    with ProcessPoolExecutor(processes, SPAWN, ending_with_us()) as pool:
        return [job for done in pool.map(worker, [url] * processes, [slots] * processes, timeout=60) for job in done]
