"""What is done again and again is always in the queue, once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from application.jobs.finish_job import queue_periodic
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.cron import Cron
from domain.jobs import PERIODS, JobKind

FIRST_TIME_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeepPeriodic:
    """Queue what is not there: at the very first start, and should a round ever be cancelled or deleted.

    What has a schedule comes by the clock, everything else a while after it was done.
    """

    store: Store
    clock: Clock
    ids: Ids
    schedules: Mapping[JobKind, Cron] = field(default_factory=dict)

    async def __call__(self) -> int:
        """How many were missing; as many workers as like may ask."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            missing = 0
            for kind in PERIODS:
                missing += await queue_periodic(unit, self.ids.new(), kind, now, FIRST_TIME_AFTER)
            for kind, schedule in self.schedules.items():
                delay = schedule.after(now) - now
                missing += await queue_periodic(unit, self.ids.new(), kind, now, delay)
            await unit.commit()
        return missing
