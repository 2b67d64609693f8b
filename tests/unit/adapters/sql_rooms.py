"""The SQL adapter as the contract suites want it, on whichever database."""

from datetime import timedelta
from functools import partial

from sqlalchemy import update

from adapters.sql.api_keys import SqlApiKeyReads
from adapters.sql.audit import SqlAuditReads
from adapters.sql.backlog import SqlBacklog
from adapters.sql.database import SqlDatabase
from adapters.sql.dbtime import Later
from adapters.sql.entities import SqlEntityReads
from adapters.sql.event_log import SqlEventLog
from adapters.sql.events import SqlEventReads
from adapters.sql.file_batches import SqlFileBatches
from adapters.sql.file_reads import SqlFileReads
from adapters.sql.history import SqlHistory
from adapters.sql.ingested import SqlIngestedReads
from adapters.sql.installation_secrets import SqlInstallationSecrets
from adapters.sql.job_queue import SqlJobQueue
from adapters.sql.job_reads import SqlJobReads
from adapters.sql.oauth_states import SqlOAuthStates
from adapters.sql.personal_projects import SqlPersonalProjectReads
from adapters.sql.presigned_uploads import SqlPresignedUploadReads
from adapters.sql.projects import SqlProjectReads
from adapters.sql.replays import SqlReplays
from adapters.sql.roles import SqlRoleReads
from adapters.sql.sessions import SqlSessionReads
from adapters.sql.store import SqlStore
from adapters.sql.tables import jobs, replays
from adapters.sql.types import UtcDateTime
from adapters.sql.usage import SqlUsageReads
from adapters.sql.users import SqlUserReads
from tests.unit.contracts.rooms import Rooms


async def pass_time(database: SqlDatabase, by: timedelta) -> None:
    """A database's clock cannot be set, so what it has stamped becomes older, without any waiting."""
    async with database.transaction() as connection:
        for table in (jobs, replays):
            moved = {each.name: Later(each, -by) for each in table.columns if isinstance(each.type, UtcDateTime)}
            await connection.execute(update(table).values(moved))
        await connection.commit()


def sql_rooms(database: SqlDatabase) -> Rooms:
    return Rooms(
        store=SqlStore(database),
        users=SqlUserReads(database),
        sessions=SqlSessionReads(database),
        projects=SqlProjectReads(database),
        api_keys=SqlApiKeyReads(database),
        files=SqlFileReads(database),
        file_batches=SqlFileBatches(database),
        entities=SqlEntityReads(database),
        presigned_uploads=SqlPresignedUploadReads(database),
        personal_projects=SqlPersonalProjectReads(database),
        ingested=SqlIngestedReads(database),
        jobs=SqlJobReads(database),
        backlog=SqlBacklog(database),
        events=SqlEventReads(database),
        event_log=SqlEventLog(database),
        usage=SqlUsageReads(database),
        history=SqlHistory(database),
        roles=SqlRoleReads(database),
        audit=SqlAuditReads(database),
        oauth_states=SqlOAuthStates(database),
        replays=SqlReplays(database),
        queue=SqlJobQueue(database),
        secrets=SqlInstallationSecrets(database),
        another_queue=partial(SqlJobQueue, database),
        pass_time=partial(pass_time, database),
    )
