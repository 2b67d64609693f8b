"""The store in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.memory.api_keys import MemoryApiKeys
from adapters.memory.audit import MemoryAudit
from adapters.memory.entities import MemoryEntities, MemoryEntityFacts
from adapters.memory.events import MemoryEvents
from adapters.memory.files import MemoryFileFacts, MemoryFiles
from adapters.memory.ingested import MemoryIngested
from adapters.memory.jobs import MemoryJobControl, MemoryJobs
from adapters.memory.linked_identities import MemoryLinkedIdentities
from adapters.memory.personal_projects import MemoryPersonalProjects
from adapters.memory.presigned_uploads import MemoryPresignedUploads
from adapters.memory.projects import MemoryProjects
from adapters.memory.refresh_tokens import MemoryRefreshTokens
from adapters.memory.roles import MemoryRoles
from adapters.memory.second_factors import MemorySecondFactors
from adapters.memory.sessions import MemorySessions
from adapters.memory.sign_in_codes import MemorySignInCodes
from adapters.memory.state import Draft, MemoryDatabase
from adapters.memory.usage import MemoryUsage
from adapters.memory.users import MemoryUsers


class MemoryUnitOfWork:
    """One transaction and what can be changed in it."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database
        self._draft = draft = Draft(database.rows.copy(), database.clock)
        self.users = MemoryUsers(draft)
        self.sessions = MemorySessions(draft)
        self.refresh_tokens = MemoryRefreshTokens(draft)
        self.linked_identities = MemoryLinkedIdentities(draft)
        self.second_factors = MemorySecondFactors(draft)
        self.sign_in_codes = MemorySignInCodes(draft)
        self.roles = MemoryRoles(draft)
        self.audit = MemoryAudit(draft)
        self.projects = MemoryProjects(draft)
        self.api_keys = MemoryApiKeys(draft)
        self.files = MemoryFiles(draft)
        self.file_facts = MemoryFileFacts(draft)
        self.presigned_uploads = MemoryPresignedUploads(draft)
        self.personal_projects = MemoryPersonalProjects(draft)
        self.jobs = MemoryJobs(draft)
        self.job_control = MemoryJobControl(draft)
        self.usage = MemoryUsage(draft)
        self.events = MemoryEvents(draft)
        self.entities = MemoryEntities(draft)
        self.entity_facts = MemoryEntityFacts(draft)
        self.ingested = MemoryIngested(draft)

    async def commit(self) -> None:
        self._database.rows = self._draft.finish()


class MemoryStore:
    """Rows that live as long as the process: for test suites, and for trying things out."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnitOfWork]:
        async with self._database.writing():
            yield MemoryUnitOfWork(self._database)

    async def check(self) -> None:
        """Memory is always there."""
