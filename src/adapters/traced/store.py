"""A store of rows whose units show in traces, and whose jobs know which trace they belong to."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

from application.ports.jobs import Jobs
from application.ports.traces import Traces
from application.ports.unit_of_work import Store, UnitOfWork
from domain.jobs import Job, Lease


@dataclass(frozen=True, slots=True)
class TracedStore:
    """Another store, watched."""

    store: Store
    traces: Traces

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[UnitOfWork]:
        with self.traces.span("UnitOfWork"):
            async with self.store.begin() as unit:
                yield cast("UnitOfWork", TracedUnit(unit, self.traces))

    async def check(self) -> None:
        await self.store.check()


class TracedUnit:
    """Another unit of work, which it is in everything but its queue and its end."""

    def __init__(self, unit: UnitOfWork, traces: Traces) -> None:
        self._unit, self._traces = unit, traces
        self.jobs = TracedJobs(unit.jobs, traces)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)

    async def commit(self) -> None:
        with self._traces.span("UnitOfWork.commit", kind="client"):
            await self._unit.commit()


@dataclass(frozen=True, slots=True)
class TracedJobs:
    """Another queue; a job goes on with the trace in which it was queued.

    What is queued for later begins one of its own: the rounds of what is done again and again would never end theirs.
    """

    jobs: Jobs
    traces: Traces

    async def add(self, job: Job, *, delay: timedelta = timedelta(0)) -> bool:
        if job.trace is None and not delay:
            job = replace(job, trace=self.traces.carried())
        return await self.jobs.add(job, delay=delay)

    async def complete(self, lease: Lease) -> None:
        await self.jobs.complete(lease)

    async def retry(
        self,
        lease: Lease,
        *,
        after: timedelta,
        error: str | None = None,
        spent: bool = True,
        payload: Mapping[str, Any] | None = None,
    ) -> None:
        await self.jobs.retry(lease, after=after, error=error, spent=spent, payload=payload)

    async def fail(self, lease: Lease, *, error: str) -> None:
        await self.jobs.fail(lease, error=error)

    async def note(self, lease: Lease, *, progress: int, payload: Mapping[str, Any] | None = None) -> None:
        await self.jobs.note(lease, progress=progress, payload=payload)
