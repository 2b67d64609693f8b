"""Emptying the bin."""

from dataclasses import dataclass

from application.jobs.finish_job import finish_job
from application.jobs.queue_job import queue_job
from application.jobs.run_job import Report
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.projects import ProjectReads
from application.ports.signals import Signals
from application.ports.unit_of_work import Store
from application.projects.begin_purge import purge_job
from domain.jobs import JOBS_TOPIC, Job
from domain.projects import RESTORABLE_FOR

MOST_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class PurgeDeletedProjects:
    """Queue the erasing of every project that cannot be restored any more, and of those half erased."""

    projects: ProjectReads
    store: Store
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, job: Job, report: Report) -> None:
        overdue = await self.projects.overdue(binned_for=RESTORABLE_FOR, limit=MOST_AT_ONCE)
        now = self.clock.now()
        async with self.store.begin() as unit:
            for project_id in overdue:
                await queue_job(unit, purge_job(self.ids.new(), project_id, now), now)
            await finish_job(unit, job, now)
            await unit.commit()
        await self.signals.send(JOBS_TOPIC)
