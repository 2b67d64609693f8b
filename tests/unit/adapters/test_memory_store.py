"""The store in memory."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest

from adapters.memory.api_keys import MemoryApiKeyReads
from adapters.memory.audit import MemoryAuditReads
from adapters.memory.clock import ManualClock
from adapters.memory.events import MemoryEventReads
from adapters.memory.files import MemoryFileReads
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.jobs import MemoryJobReads
from adapters.memory.oauth_states import MemoryOAuthStates
from adapters.memory.projects import MemoryProjectReads
from adapters.memory.roles import MemoryRoleReads
from adapters.memory.sessions import MemorySessionReads
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore
from adapters.memory.users import MemoryUserReads
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.store import collected

pytestmark = pytest.mark.anyio

globals().update(collected("Memory"))


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    clock = ManualClock()
    database = MemoryDatabase(clock)

    async def pass_time(by: timedelta) -> None:
        clock.advance(by)

    yield Rooms(
        store=MemoryStore(database),
        users=MemoryUserReads(database),
        sessions=MemorySessionReads(database),
        projects=MemoryProjectReads(database),
        api_keys=MemoryApiKeyReads(database),
        files=MemoryFileReads(database),
        jobs=MemoryJobReads(database),
        events=MemoryEventReads(database),
        roles=MemoryRoleReads(database),
        audit=MemoryAuditReads(database),
        oauth_states=MemoryOAuthStates(),
        queue=MemoryJobQueue(database),
        secrets=MemoryInstallationSecrets(database),
        another_queue=partial(MemoryJobQueue, database),
        pass_time=pass_time,
    )
    assert not database.busy
