"""The store in SQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.sql.api_keys import SqlApiKeys
from adapters.sql.audit import SqlAudit
from adapters.sql.database import SqlDatabase
from adapters.sql.entities import SqlEntities, SqlEntityFacts
from adapters.sql.events import SqlEvents
from adapters.sql.file_facts import SqlFileFacts
from adapters.sql.files import SqlFiles
from adapters.sql.ingested import SqlIngested
from adapters.sql.job_control import SqlJobControl
from adapters.sql.jobs import SqlJobs
from adapters.sql.linked_identities import SqlLinkedIdentities
from adapters.sql.personal_projects import SqlPersonalProjects
from adapters.sql.presigned_uploads import SqlPresignedUploads
from adapters.sql.projects import SqlProjects
from adapters.sql.refresh_tokens import SqlRefreshTokens
from adapters.sql.roles import SqlRoles
from adapters.sql.second_factors import SqlSecondFactors
from adapters.sql.sessions import SqlSessions
from adapters.sql.sign_in_codes import SqlSignInCodes
from adapters.sql.transaction import Transaction
from adapters.sql.usage import SqlUsage
from adapters.sql.users import SqlUsers


class SqlUnitOfWork:
    """One transaction and what can be changed in it."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self.users = SqlUsers(transaction)
        self.sessions = SqlSessions(transaction)
        self.refresh_tokens = SqlRefreshTokens(transaction)
        self.linked_identities = SqlLinkedIdentities(transaction)
        self.second_factors = SqlSecondFactors(transaction)
        self.sign_in_codes = SqlSignInCodes(transaction)
        self.roles = SqlRoles(transaction)
        self.audit = SqlAudit(transaction)
        self.projects = SqlProjects(transaction)
        self.api_keys = SqlApiKeys(transaction)
        self.files = SqlFiles(transaction)
        self.file_facts = SqlFileFacts(transaction)
        self.presigned_uploads = SqlPresignedUploads(transaction)
        self.personal_projects = SqlPersonalProjects(transaction)
        self.jobs = SqlJobs(transaction)
        self.job_control = SqlJobControl(transaction)
        self.usage = SqlUsage(transaction)
        self.events = SqlEvents(transaction)
        self.entities = SqlEntities(transaction)
        self.entity_facts = SqlEntityFacts(transaction)
        self.ingested = SqlIngested(transaction)

    async def commit(self) -> None:
        await self._transaction.commit()


class SqlStore:
    """Rows in SQLite or PostgreSQL."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[SqlUnitOfWork]:
        async with self._database.transaction() as connection:
            yield SqlUnitOfWork(Transaction(connection))

    async def check(self) -> None:
        await self._database.check()
