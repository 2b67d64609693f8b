"""Somebody wants the media looked at again."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.ingest.ingest_media import KEY
from application.ingest.source import FindIntakeProject, Intake
from application.jobs.finish_job import job_update
from application.media.queue_media import media_job
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import Caller, Scope, require_write, scope_of
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.media import FileMissing, FileStatus, MediaFile
from domain.projects import Project, ProjectMissing
from domain.recordings import RECORDINGS


@dataclass(frozen=True, slots=True)
class RefreshMedia:
    """Queue a look through the source, at one object of it, or into one file; whoever may not, finds nothing there."""

    intake: Intake | None
    find_project: FindIntakeProject
    store: Store
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, caller: Caller) -> int:
        """Everything: how many jobs that made, none where one waits already or nothing is brought in for the caller."""
        require_write(caller)
        project = await self._receiving(scope_of(caller))
        return 0 if project is None else await self._queue(self._look(project.id, "all"))

    async def one_object(self, caller: Caller, key: str) -> int:
        """One object of the source, also when it failed before."""
        require_write(caller)
        project = await self._receiving(scope_of(caller))
        if project is None:
            raise FileMissing("there is no such object")
        return await self._queue(self._look(project.id, key, {KEY: key}))

    async def one_file(self, caller: Caller, file_id: UUID) -> int:
        """A film or a sound; there is nothing to look into in anything else."""
        require_write(caller)
        now, queued = self.clock.now(), False
        async with self.store.begin() as unit:
            file = await _visible(unit, scope_of(caller), file_id)
            if file.mime_type in RECORDINGS:
                queued = await self._add(unit, media_job(self.ids.new(), file, now))
                if queued and file.status is FileStatus.FAILED:
                    await unit.files.save(replace(file, status=FileStatus.PROCESSING, reason=None, updated_at=now))
            await unit.commit()
        if queued:
            await self.signals.send(JOBS_TOPIC)
        return int(queued)

    async def _receiving(self, scope: Scope) -> Project | None:
        """The project that media are brought into, where the caller has it."""
        if self.intake is None:
            return None
        try:
            project = await self.find_project(self.intake)
        except ProjectMissing:
            return None
        return project if scope.covers(project_id=project.id, owner_id=project.owner_id) else None

    def _look(self, project_id: UUID, what: str, payload: dict[str, str] | None = None) -> Job:
        return Job.fresh(
            self.ids.new(),
            JobKind.INGEST_MEDIA,
            self.clock.now(),
            project_id=project_id,
            unique_key=f"refresh:{project_id}:{what}",
            payload=payload or {},
        )

    async def _queue(self, job: Job) -> int:
        async with self.store.begin() as unit:
            queued = await self._add(unit, job)
            await unit.commit()
        if queued:
            await self.signals.send(JOBS_TOPIC)
        return int(queued)

    async def _add(self, unit: UnitOfWork, job: Job) -> bool:
        queued = await unit.jobs.add(job)
        if queued:
            await unit.events.add(job_update(job, JobStatus.PENDING, job.created_at))
        return queued


async def _visible(unit: UnitOfWork, scope: Scope, file_id: UUID) -> MediaFile:
    # The project first, as everywhere; which one it is only the file knows.
    seen = await unit.files.get(scope, file_id)
    project = await unit.projects.get(scope, seen.project_id) if seen else None
    if seen is None or project is None or not project.open or seen.status is FileStatus.PENDING:
        raise FileMissing("there is no such file")
    return seen
