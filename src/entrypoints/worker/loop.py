"""The worker: gets jobs, runs them, and knows no vendor."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from application.jobs.claim_job import ClaimJob
from application.jobs.keep_periodic import KeepPeriodic
from application.jobs.run_job import RunJob
from application.ports.jobs import JobQueue
from application.ports.signals import Signals
from application.ports.traces import Attributes, Traces
from application.tracing import note_error, trace_id_of
from domain.errors import DarkroomError, Outage
from domain.jobs import JOBS_TOPIC, Job, JobKind
from entrypoints.logs import log, log_exception
from entrypoints.stopping import Stop

Running = dict[asyncio.Task[Any], Job]

PAUSE_WITHOUT_DATABASE = 2.0

OTHERS_END_TOO = 0.001
"""Where jobs are short, several end together: one claim for all of them costs what one for the first would."""

LOOKS_AFTER_ROUNDS_EVERY = 300.0


@dataclass(frozen=True, slots=True)
class Worker:
    """Keeps its slots busy as long as there is work; woken by signals, looking by itself now and then."""

    claim: ClaimJob
    run_job: RunJob
    queue: JobQueue
    signals: Signals
    slots: int
    poll_interval: float
    grace: float
    kinds: Collection[JobKind] | None = None
    keep_periodic: KeepPeriodic | None = None
    traces: Traces | None = None

    async def __call__(self, stop: Stop) -> None:
        """Work until asked to stop, then finish or hand back what is under way; when cancelled, hand back at once."""
        running: Running = {}
        log("Worker", "ready", slots=self.slots)
        rounds = asyncio.create_task(self._look_after_rounds(stop))
        try:
            await self._work(running, stop)
            await self._finish(running, stop)
        finally:
            await _cancelled(rounds)
            await self._drop(running)
        log("Worker", "stopped")

    async def _work(self, running: Running, stop: Stop) -> None:
        async with self.signals.listen(JOBS_TOPIC) as taps:
            tap = asyncio.ensure_future(_next(taps))
            ended = asyncio.ensure_future(stop.asked.wait())
            try:
                while not stop.asked.is_set():
                    await self._fill(running, stop)
                    waiting = {tap, ended, *running}
                    await asyncio.wait(waiting, timeout=self.poll_interval, return_when=asyncio.FIRST_COMPLETED)
                    await asyncio.sleep(OTHERS_END_TOO)
                    for task in [task for task in running if task.done()]:
                        del running[task]
                    if tap.done():
                        await self._call_off(tap.result(), running)
                        tap = asyncio.ensure_future(_next(taps))
            finally:
                await _cancelled(tap, ended)

    async def _look_after_rounds(self, stop: Stop) -> None:
        """See to it that what is done again and again is in the queue."""
        while self.keep_periodic is not None and not stop.asked.is_set():
            try:
                await self.keep_periodic()
            except Outage:
                await stop.pause(PAUSE_WITHOUT_DATABASE)
            except Exception as error:  # noqa: BLE001  whatever happens, a worker goes on
                log_exception("Worker", "could not look after periodic jobs", error)
                await stop.pause(LOOKS_AFTER_ROUNDS_EVERY)
            else:
                await stop.pause(LOOKS_AFTER_ROUNDS_EVERY)

    async def _call_off(self, told: str, running: Running) -> None:
        """Drop a job that was cancelled; should somebody have queued it again by now, it goes back to the queue."""
        named = {task: job for task, job in running.items() if told == str(job.id)}
        await _cancelled(*named)
        for task, job in named.items():
            del running[task]
            await self._hand_back(job)

    async def _fill(self, running: Running, stop: Stop) -> None:
        free = self.slots - len(running)
        if free <= 0:
            return
        try:
            jobs = await self.claim(free, self.kinds)
        except Outage as error:
            log("Worker", "waiting for the database", level="warning", reason=error.detail)
            await stop.pause(PAUSE_WITHOUT_DATABASE)
            return
        except Exception as error:  # noqa: BLE001  whatever happens, a worker goes on
            log_exception("Worker", "could not get jobs", error)
            await stop.pause(PAUSE_WITHOUT_DATABASE)
            return
        for job in jobs:
            work = self._run(job) if self.traces is None else self._run_traced(job, self.traces)
            running[asyncio.create_task(work, name=f"job {job.id}")] = job

    async def _run_traced(self, job: Job, traces: Traces) -> None:
        with traces.continued(job.kind, job.trace, _told(job), kind="consumer") as span:
            error = await self._run(job, trace=trace_id_of(traces.carried()))
            if error is not None:
                note_error(span, error)

    async def _run(self, job: Job, **more: Any) -> Exception | None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        error = await self.run_job(job)
        facts: dict[str, Any] = {
            "job": job.id,
            **({"file": job.file_id} if job.file_id else {}),
            "attempt": job.attempts,
            "seconds": round(loop.time() - began, 3),
            **more,
        }
        if error is None:
            log("Worker", job.kind, **facts)
        elif isinstance(error, DarkroomError):
            log("Worker", job.kind, level="warning", **facts, reason=error.detail)
        else:
            log_exception("Worker", job.kind, error, **facts)
        return error

    async def _finish(self, running: Collection[asyncio.Task[Any]], stop: Stop) -> None:
        if not running:
            return
        log("Worker", "finishing what is under way", jobs=len(running))
        hurry = asyncio.ensure_future(stop.now.wait())
        finished = asyncio.ensure_future(asyncio.wait(running))
        try:
            await asyncio.wait({hurry, finished}, timeout=self.grace, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancelled(hurry, finished)

    async def _drop(self, running: Mapping[asyncio.Task[Any], Job]) -> None:
        left = {task: job for task, job in running.items() if not task.done()}
        await _cancelled(*left)
        for job in left.values():
            await self._hand_back(job)

    async def _hand_back(self, job: Job) -> None:
        if job.lease is not None:
            with suppress(Outage):
                await self.queue.hand_back(job.lease)
                log("Worker", "handed back", job=job.id)


def _told(job: Job) -> Attributes:
    of = {"project": job.project_id, "file": job.file_id}
    ids = {f"darkroom.{name}.id": str(value) for name, value in of.items() if value is not None}
    return {"darkroom.job.id": str(job.id), "darkroom.job.attempt": job.attempts, **ids}


async def _cancelled(*tasks: asyncio.Future[Any]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def _next(taps: AsyncIterator[str]) -> str:
    try:
        return await anext(taps)
    except StopAsyncIteration:
        await asyncio.Event().wait()  # nobody will tap any more; looking by itself goes on
        raise
