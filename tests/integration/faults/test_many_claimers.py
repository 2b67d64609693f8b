"""Eight processes, a thousand jobs, one queue: each job goes to one of them."""

import asyncio
from collections import Counter

import pytest

from adapters.sql.database import SqlDatabase
from adapters.sql.store import SqlStore
from tests.integration.faults.places import Place
from tests.unit.adapters.claimers import claimed_by_processes
from tests.unit.contracts.things import job, project, put, queued

PROCESSES, JOBS, PROJECTS = 8, 1000, 5


@pytest.fixture
def waiting(place: Place) -> set[object]:
    """A thousand jobs of five projects."""

    async def queue() -> set[object]:
        database = SqlDatabase(place.database)
        await database.open()
        homes = [project() for _ in range(PROJECTS)]
        jobs = [job(homes[number % PROJECTS].id, file_id=None) for number in range(JOBS)]
        await put(SqlStore(database), *homes)
        await queued(SqlStore(database), *jobs)
        await database.close()
        return {each.id for each in jobs}

    return asyncio.run(queue())


def test_no_job_goes_to_two(place: Place, waiting: set[object]) -> None:
    claimed = Counter(claimed_by_processes(place.database, PROCESSES, 3))
    assert [each for each, times in claimed.items() if times > 1] == []
    assert set(claimed) == waiting
    assert {each.status for each in place.rows().jobs} == {"completed"}
    place.check()
