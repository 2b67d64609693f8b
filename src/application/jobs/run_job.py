"""Doing the work, as long as it is ours to do."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Protocol

from application.jobs.fail_job import FailJob
from application.jobs.finish_job import held
from application.ports.jobs import JobQueue
from application.ports.measures import JobOutcome, Measures
from domain.errors import Outage
from domain.jobs import Job, JobKind, LeaseLost

REPORTED_AGAIN_AFTER = 1.0
PROGRESS_WRITTEN_AFTER = 1.0

Report = Callable[[int], None]


class Handler(Protocol):
    """Does jobs of one kind, ending each in the same unit of work that makes its effect visible."""

    async def __call__(self, job: Job, report: "Report") -> None:
        """Do it whole; every write shows the job's lease, so that a late one changes nothing.

        `report` takes how far it is, in per cent; it costs nothing and is written down now and then.
        """
        ...


@dataclass
class _Progress:
    """How far a handler is, and how far others know it to be."""

    told: int = 0
    written: int = 0

    def report(self, percent: int) -> None:
        self.told = percent


@dataclass(frozen=True, slots=True)
class RunJob:
    """Run a claimed job under its lease, extended while the work goes on.

    Whatever fails is told to `FailJob`, and to the caller: the error, or None when all went well.
    """

    handlers: Mapping[JobKind, Handler]
    queue: JobQueue
    fail: FailJob
    lease: timedelta
    measures: Measures

    async def __call__(self, job: Job) -> Exception | None:
        began, outcome = monotonic(), JobOutcome.DROPPED
        progress = _Progress()
        work = asyncio.ensure_future(self._handle(job, progress))
        heart = asyncio.ensure_future(self._keep_lease(job, work, progress))
        try:
            await work
            outcome = JobOutcome.COMPLETED
        except LeaseLost as error:
            outcome = JobOutcome.LOST
            return error
        except asyncio.CancelledError:
            if heart.done() and not heart.cancelled() and heart.exception() is None:
                outcome = JobOutcome.LOST
                return LeaseLost("the lease ran out; somebody else has the job")
            raise
        except Exception as error:  # noqa: BLE001  whatever a handler meets must end up on the job
            outcome = await self._report(job, error)
            return error
        finally:
            self.measures.job_ended(job.kind, outcome, monotonic() - began)
            await _ended(heart)
        return None

    async def _report(self, job: Job, error: Exception) -> JobOutcome:
        """Say so for as long as the job is ours: who never says anything counts as dead."""
        tries = max(1, int(self.lease.total_seconds() / REPORTED_AGAIN_AFTER))
        for _ in range(tries):
            try:
                status = await self.fail(job, error)
            except LeaseLost:
                break
            except Outage:
                await asyncio.sleep(REPORTED_AGAIN_AFTER)
            else:
                return JobOutcome.FAILED if status.ended else JobOutcome.RETRIED
        return JobOutcome.LOST

    async def _handle(self, job: Job, progress: _Progress) -> None:
        await self.handlers[JobKind(job.kind)](job, progress.report)

    async def _keep_lease(self, job: Job, work: "asyncio.Future[None]", progress: _Progress) -> None:
        lease, now = held(job), asyncio.get_running_loop().time
        third = self.lease.total_seconds() / 3
        due = now() + third
        while True:
            await asyncio.sleep(min(third, PROGRESS_WRITTEN_AFTER, max(0.0, due - now())))
            if now() < due and progress.told == progress.written:
                continue
            reached = progress.told
            try:
                lease = await self.queue.extend(lease, by=self.lease, progress=reached)
            except LeaseLost:
                work.cancel()
                return
            except Outage:
                due = now() + third
                continue
            progress.written, due = reached, now() + third


async def _ended(task: "asyncio.Future[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
