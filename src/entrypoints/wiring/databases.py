"""Databases: one function each, and the line in `Databases` that selects it."""

from functools import partial

from dependency_injector import containers, providers

from application.ports.measures import Measures
from application.ports.traces import Traces
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Database


def memory(settings: Settings) -> Database:
    """Rows in this process, gone with it."""
    from adapters.memory.api_keys import MemoryApiKeyReads
    from adapters.memory.audit import MemoryAuditReads
    from adapters.memory.backlog import MemoryBacklog
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
    from adapters.system.clock import SystemClock

    rows = MemoryDatabase(SystemClock())
    return Database(
        store=MemoryStore(rows),
        users=MemoryUserReads(rows),
        sessions=MemorySessionReads(rows),
        projects=MemoryProjectReads(rows),
        api_keys=MemoryApiKeyReads(rows),
        files=MemoryFileReads(rows),
        file_batches=MemoryFileBatches(rows),
        entities=MemoryEntityReads(rows),
        presigned_uploads=MemoryPresignedUploadReads(rows),
        personal_projects=MemoryPersonalProjectReads(rows),
        ingested=MemoryIngestedReads(rows),
        jobs=MemoryJobReads(rows),
        backlog=MemoryBacklog(rows),
        events=MemoryEventReads(rows),
        event_log=MemoryEventLog(rows),
        usage=MemoryUsageReads(rows),
        history=MemoryHistory(rows),
        roles=MemoryRoleReads(rows),
        audit=MemoryAuditReads(rows),
        oauth_states=MemoryOAuthStates(rows),
        replays=MemoryReplays(rows),
        queue=MemoryJobQueue(rows),
        secrets=MemoryInstallationSecrets(rows),
        migrate=list,
        pending=list,
        reset=list,
    )


def sql(settings: Settings, measures: Measures, traces: Traces | None = None) -> Database:
    """Rows in a file, where one process at a time serves and works, or in PostgreSQL."""
    from adapters.sql.api_keys import SqlApiKeyReads
    from adapters.sql.audit import SqlAuditReads
    from adapters.sql.backlog import SqlBacklog
    from adapters.sql.database import SqlDatabase
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
    from adapters.sql.migrate import migrate, pending, reset
    from adapters.sql.oauth_states import SqlOAuthStates
    from adapters.sql.personal_projects import SqlPersonalProjectReads
    from adapters.sql.presigned_uploads import SqlPresignedUploadReads
    from adapters.sql.projects import SqlProjectReads
    from adapters.sql.replays import SqlReplays
    from adapters.sql.roles import SqlRoleReads
    from adapters.sql.sessions import SqlSessionReads
    from adapters.sql.snapshots import SqliteSnapshots
    from adapters.sql.store import SqlStore
    from adapters.sql.usage import SqlUsageReads
    from adapters.sql.users import SqlUserReads

    url = settings.database
    database = SqlDatabase(url, traces=traces, measures=measures)
    return Database(
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
        migrate=partial(migrate, url),
        pending=partial(pending, url),
        reset=partial(reset, url),
        snapshots=SqliteSnapshots(database.path) if database.path else None,
        held=(database,),
    )


class Databases(containers.DeclarativeContainer):
    """The database that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    traces: providers.Dependency[Traces | None] = providers.Dependency()
    measures: providers.Dependency[Measures] = providers.Dependency()
    selected = providers.Selector(
        settings.provided.database_kind,
        memory=providers.Singleton(memory, settings),
        sqlite=providers.Singleton(sql, settings, measures, traces),
        postgres=providers.Singleton(sql, settings, measures, traces),
    )
