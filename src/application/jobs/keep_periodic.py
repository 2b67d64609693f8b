"""What is done again and again is always in the queue, once."""

from dataclasses import dataclass
from datetime import timedelta

from application.jobs.finish_job import queue_periodic
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.unit_of_work import Store
from domain.jobs import PERIODS

FIRST_TIME_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeepPeriodic:
    """Queue what is not there: at the very first start, and should a round ever be cancelled or deleted."""

    store: Store
    clock: Clock
    ids: Ids

    async def __call__(self) -> int:
        """How many were missing; as many workers as like may ask."""
        now = self.clock.now()
        async with self.store.begin() as unit:
            missing = 0
            for kind in PERIODS:
                missing += await queue_periodic(unit, self.ids.new(), kind, now, FIRST_TIME_AFTER)
            await unit.commit()
        return missing
