"""Bringing the variants of a project in line with its settings, because somebody asks."""

from dataclasses import dataclass
from uuid import UUID

from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store
from application.projects.open_project import open_project
from application.variants.queue_sync import queue_sync
from domain.access import UserCaller
from domain.jobs import JOBS_TOPIC


@dataclass(frozen=True, slots=True)
class RequestSync:
    """Queue a sync; one that is waiting or under way takes care of it as well."""

    store: Store
    signals: Signals
    clock: Clock
    ids: Ids

    async def __call__(self, caller: UserCaller, project_id: UUID) -> bool:
        """Whether one was queued."""
        async with self.store.begin() as unit:
            project = await open_project(unit, caller, project_id)
            queued = await queue_sync(unit, project, self.ids.new(), self.clock.now())
            await unit.commit()
        if queued:
            await self.signals.send(JOBS_TOPIC)
        return queued
