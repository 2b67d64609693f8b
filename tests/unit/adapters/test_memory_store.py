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
from tests.unit.contracts.api_keys import ApiKeysContract
from tests.unit.contracts.audit import AuditContract
from tests.unit.contracts.backlog import BacklogContract
from tests.unit.contracts.entities import EntitiesContract
from tests.unit.contracts.events import EventLogContract, EventsContract
from tests.unit.contracts.file_keys import FileKeysContract
from tests.unit.contracts.file_pages import FilePagesContract
from tests.unit.contracts.file_work import FileBatchesContract, FileFactsContract
from tests.unit.contracts.files import FilesContract
from tests.unit.contracts.history import HistoryContract
from tests.unit.contracts.ingested import IngestedContract
from tests.unit.contracts.installation_secrets import InstallationSecretsContract
from tests.unit.contracts.job_care import JobControlContract, JobReadsContract
from tests.unit.contracts.jobs import JobQueueContract, JobsContract
from tests.unit.contracts.linked_identities import LinkedIdentitiesContract
from tests.unit.contracts.oauth_states import OAuthStatesContract
from tests.unit.contracts.personal_projects import PersonalProjectsContract
from tests.unit.contracts.presigned_uploads import PresignedUploadsContract
from tests.unit.contracts.projects import ProjectsContract
from tests.unit.contracts.refresh_tokens import RefreshTokensContract
from tests.unit.contracts.replays import ReplaysContract
from tests.unit.contracts.roles import RolesContract
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.second_factors import SecondFactorsContract
from tests.unit.contracts.sessions import SessionsContract
from tests.unit.contracts.sign_in_codes import SignInCodesContract
from tests.unit.contracts.store import missing_from
from tests.unit.contracts.unit_of_work import UnitOfWorkContract
from tests.unit.contracts.usage import UsageContract
from tests.unit.contracts.users import UsersContract

pytestmark = pytest.mark.anyio


def test_every_suite_has_its_class() -> None:
    assert missing_from(globals()) == []


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


class TestMemoryApiKeys(ApiKeysContract):
    pass


class TestMemoryAudit(AuditContract):
    pass


class TestMemoryBacklog(BacklogContract):
    pass


class TestMemoryEntities(EntitiesContract):
    pass


class TestMemoryEventLog(EventLogContract):
    pass


class TestMemoryEvents(EventsContract):
    pass


class TestMemoryFileBatches(FileBatchesContract):
    pass


class TestMemoryFileFacts(FileFactsContract):
    pass


class TestMemoryFileKeys(FileKeysContract):
    pass


class TestMemoryFilePages(FilePagesContract):
    pass


class TestMemoryFiles(FilesContract):
    pass


class TestMemoryHistory(HistoryContract):
    pass


class TestMemoryIngested(IngestedContract):
    pass


class TestMemoryInstallationSecrets(InstallationSecretsContract):
    pass


class TestMemoryJobControl(JobControlContract):
    pass


class TestMemoryJobQueue(JobQueueContract):
    pass


class TestMemoryJobReads(JobReadsContract):
    pass


class TestMemoryJobs(JobsContract):
    pass


class TestMemoryLinkedIdentities(LinkedIdentitiesContract):
    pass


class TestMemoryOAuthStates(OAuthStatesContract):
    pass


class TestMemoryPersonalProjects(PersonalProjectsContract):
    pass


class TestMemoryPresignedUploads(PresignedUploadsContract):
    pass


class TestMemoryProjects(ProjectsContract):
    pass


class TestMemoryRefreshTokens(RefreshTokensContract):
    pass


class TestMemoryReplays(ReplaysContract):
    pass


class TestMemoryRoles(RolesContract):
    pass


class TestMemorySecondFactors(SecondFactorsContract):
    pass


class TestMemorySessions(SessionsContract):
    pass


class TestMemorySignInCodes(SignInCodesContract):
    pass


class TestMemoryUnitOfWork(UnitOfWorkContract):
    pass


class TestMemoryUsage(UsageContract):
    pass


class TestMemoryUsers(UsersContract):
    pass
