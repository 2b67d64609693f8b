"""The store in memory."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest

from adapters.memory.api_keys import MemoryApiKeyReads
from adapters.memory.audit import MemoryAuditReads
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.clock import ManualClock
from adapters.memory.entities import MemoryEntityReads
from adapters.memory.events import MemoryEventLog, MemoryEventReads
from adapters.memory.file_batches import MemoryFileBatches
from adapters.memory.file_reads import MemoryFileReads
from adapters.memory.history import MemoryHistory
from adapters.memory.ingested import MemoryIngestedReads
from adapters.memory.installation_secrets import MemoryInstallationSecrets
from adapters.memory.job_queue import MemoryJobQueue
from adapters.memory.jobs import MemoryJobReads
from adapters.memory.oauth_states import MemoryOAuthStates
from adapters.memory.personal_projects import MemoryPersonalProjectReads
from adapters.memory.presigned_uploads import MemoryPresignedUploadReads
from adapters.memory.projects import MemoryProjectReads
from adapters.memory.replays import MemoryReplays
from adapters.memory.roles import MemoryRoleReads
from adapters.memory.sessions import MemorySessionReads
from adapters.memory.state import MemoryDatabase
from adapters.memory.store import MemoryStore
from adapters.memory.usage import MemoryUsageReads
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
        file_batches=MemoryFileBatches(database),
        entities=MemoryEntityReads(database),
        presigned_uploads=MemoryPresignedUploadReads(database),
        personal_projects=MemoryPersonalProjectReads(database),
        ingested=MemoryIngestedReads(database),
        jobs=MemoryJobReads(database),
        backlog=MemoryBacklog(database),
        events=MemoryEventReads(database),
        event_log=MemoryEventLog(database),
        usage=MemoryUsageReads(database),
        history=MemoryHistory(database),
        roles=MemoryRoleReads(database),
        audit=MemoryAuditReads(database),
        oauth_states=MemoryOAuthStates(database),
        replays=MemoryReplays(database),
        queue=MemoryJobQueue(database),
        secrets=MemoryInstallationSecrets(database),
        another_queue=partial(MemoryJobQueue, database),
        pass_time=pass_time,
    )
    assert not database.busy
