"""The hashes of a file that was too large to wait for them."""

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

from application.jobs.finish_job import finish_job, job_update
from application.jobs.run_job import Report
from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.clock import Clock
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from domain.access import EVERYTHING
from domain.inbox import mismatch
from domain.jobs import JOBS_TOPIC, Job, JobKind, JobStatus
from domain.media import FileStatus, MediaFile


def hash_job(job_id: UUID, file: MediaFile, sha256: str | None, then: Job | None) -> Job:
    """The job that hashes a file, which must have this hash; then it stands as it does here, and `then` goes on."""
    following = {"kind": str(then.kind), "unique_key": then.unique_key, "payload": dict(then.payload)} if then else None
    return Job.fresh(
        job_id,
        JobKind.HASH_FILE,
        file.created_at,
        project_id=file.project_id,
        file_id=file.id,
        payload={"sha256": sha256, "status": file.status.value, "then": following},
    )


@dataclass(frozen=True, slots=True)
class HashFile:
    """Read a file once, hold it against what its sender said, and let what waits for that go on."""

    store: Store
    blobs: BlobStore
    signals: Signals
    clock: Clock

    async def __call__(self, job: Job, report: Report) -> None:
        file = await self._file(job)
        hashes = await self._hashes(job, file, report) if file is not None else None
        now = self.clock.now()
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, job.project_id) if job.project_id else None
            current = await unit.files.get(EVERYTHING, job.file_id) if job.file_id and project else None
            if current is not None and hashes is not None:
                self._compare(job, hashes[1])
                await self._keep(unit, replace(current, md5=hashes[0], sha256=hashes[1], updated_at=now), job)
            await finish_job(unit, job, now)
            await unit.commit()
        await self.signals.send(JOBS_TOPIC)

    async def _file(self, job: Job) -> MediaFile | None:
        async with self.store.begin() as unit:
            project = await unit.projects.get(EVERYTHING, job.project_id) if job.project_id else None
            return await unit.files.get(EVERYTHING, job.file_id) if job.file_id and project else None

    async def _hashes(self, job: Job, file: MediaFile, report: Report) -> tuple[str, str] | None:
        try:
            return await self._read(file, report)
        except BlobMissing:
            if await self._file(job) is None:
                return None
            raise

    async def _read(self, file: MediaFile, report: Report) -> tuple[str, str]:
        md5, sha256, done = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
        async with aclosing(self.blobs.read(file.key)) as chunks:
            async for chunk in chunks:
                md5.update(chunk)
                sha256.update(chunk)
                done += len(chunk)
                report(min(99, 100 * done // max(1, file.size)))
        return md5.hexdigest(), sha256.hexdigest()

    def _compare(self, job: Job, sha256: str) -> None:
        if job.payload.get("sha256") not in {None, sha256}:
            raise mismatch("sha256", "is not the one of these bytes")

    async def _keep(self, unit: UnitOfWork, file: MediaFile, job: Job) -> None:
        await unit.files.save(replace(file, status=FileStatus(job.payload["status"])))
        if (then := job.payload["then"]) is None:
            return
        following = Job.fresh(
            uuid5(job.id, "then"),
            JobKind(then["kind"]),
            file.updated_at,
            project_id=file.project_id,
            file_id=file.id,
            unique_key=then["unique_key"],
            payload=then["payload"],
        )
        await unit.jobs.add(following)
        await unit.events.add(job_update(following, JobStatus.PENDING, file.updated_at))
