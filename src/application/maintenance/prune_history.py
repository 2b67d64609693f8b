"""Forgetting what is too old to matter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from application.jobs.finish_job import finish_job
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.history import History, Past
from application.ports.unit_of_work import Store
from domain.jobs import Job

BATCH = 1000


@dataclass(frozen=True, slots=True)
class PruneHistory:
    """Forget each kind of the past after its own time, in small steps that hold nobody up."""

    history: History
    keep: Mapping[Past, timedelta]
    store: Store
    clock: Clock

    async def __call__(self, job: Job, report: Report) -> None:
        for done, (what, older_than) in enumerate(self.keep.items(), 1):
            while await self.history.forget(what, older_than=older_than, limit=BATCH) >= BATCH:
                pass
            report(min(99, done * 100 // len(self.keep)))
        async with self.store.begin() as unit:
            await finish_job(unit, job, self.clock.now())
            await unit.commit()
