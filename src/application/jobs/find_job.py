"""The job somebody speaks of, when it is theirs to look after."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.jobs import JobReads
from application.ports.unit_of_work import UnitOfWork
from domain.access import Permission, UserCaller, require, scope_of
from domain.jobs import Job, JobMissing


@dataclass(frozen=True, slots=True)
class FindJob:
    """Look it up before a unit of work, since within one its file must be held first."""

    jobs: JobReads

    async def __call__(self, caller: UserCaller, job_id: UUID) -> Job:
        """The job as it stood a moment ago, or `JobMissing`."""
        require(caller, Permission.JOBS_VIEW)
        return _there(await self.jobs.get(scope_of(caller), job_id))

    async def held(self, unit: UnitOfWork, caller: UserCaller, job_id: UUID) -> Job:
        """The job as it stands, held until the unit ends; or `JobMissing`."""
        return _there(await unit.job_control.get(scope_of(caller), job_id))


def _there(job: Job | None) -> Job:
    if job is None:
        raise JobMissing("there is no such job")
    return job
