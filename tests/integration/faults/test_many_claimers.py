"""Several processes, many jobs, one queue: each job goes to one of them."""

import asyncio
from collections import Counter

import pytest

from adapters.sql.database import SqlDatabase
from adapters.sql.store import SqlStore
from tests.integration.faults.places import Place
from tests.unit.adapters.claimers import claimed_by_processes
from tests.unit.contracts.things import job, project, put, queued

PROJECTS = 5
PROCESSES_AND_JOBS = [(3, 300), pytest.param((8, 1000), marks=pytest.mark.soak)]


@pytest.fixture(params=PROCESSES_AND_JOBS)
def claimers(request: pytest.FixtureRequest) -> tuple[int, int]:
    """How many processes, and how many jobs."""
    chosen: tuple[int, int] = request.param
    return chosen


@pytest.fixture
def waiting(place: Place, claimers: tuple[int, int]) -> set[object]:
    """The jobs of five projects."""
    _, count = claimers

    async def queue() -> set[object]:
        database = SqlDatabase(place.database)
        await database.open()
        homes = [project() for _ in range(PROJECTS)]
        jobs = [job(homes[number % PROJECTS].id, file_id=None) for number in range(count)]
        await put(SqlStore(database), *homes)
        await queued(SqlStore(database), *jobs)
        await database.close()
        return {each.id for each in jobs}

    return asyncio.run(queue())


def test_no_job_goes_to_two(place: Place, claimers: tuple[int, int], waiting: set[object]) -> None:
    processes, _ = claimers
    claimed = Counter(claimed_by_processes(place.database, processes, 3))
    assert [each for each, times in claimed.items() if times > 1] == []
    assert set(claimed) == waiting
    assert {each.status for each in place.rows().jobs} == {"completed"}
    place.check()
