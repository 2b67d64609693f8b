"""Doing the work, as long as it is ours to do."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from application.jobs.fail_job import FailJob, held
from application.ports.jobs import JobQueue
from domain.errors import Unavailable
from domain.jobs import Job, JobKind, LeaseLost


class Handler(Protocol):
    """Does jobs of one kind, ending each in the same unit of work that makes its effect visible."""

    async def __call__(self, job: Job) -> None:
        """Do it whole; every write shows the job's lease, so that a late one changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class RunJob:
    """Run a claimed job under its lease, extended while the work goes on; whatever fails is told to `FailJob`."""

    handlers: Mapping[JobKind, Handler]
    queue: JobQueue
    fail: FailJob
    lease: timedelta

    async def __call__(self, job: Job) -> None:
        work = asyncio.ensure_future(self.handlers[job.kind](job))
        heart = asyncio.ensure_future(self._keep_lease(job, work))
        try:
            await work
        except LeaseLost:
            return
        except asyncio.CancelledError:
            if work.cancelled() and heart.done() and not heart.cancelled():
                return  # the lease went to somebody else while we were at it
            await self._stop(work)
            raise
        except Exception as error:  # noqa: BLE001  whatever a handler meets must end up on the job
            with suppress(LeaseLost):
                await self.fail(job, error)
        finally:
            await self._stop(heart)

    async def _keep_lease(self, job: Job, work: "asyncio.Future[None]") -> None:
        lease = held(job)
        while True:
            await asyncio.sleep(self.lease.total_seconds() / 3)
            try:
                lease = await self.queue.extend(lease, by=self.lease, progress=job.progress)
            except LeaseLost:
                work.cancel()
                return
            except Unavailable:
                continue

    async def _stop(self, task: "asyncio.Future[None]") -> None:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.wait([task])
