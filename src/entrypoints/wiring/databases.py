"""Databases: one function each, and the line in `Databases` that selects it."""

from functools import partial

from dependency_injector import containers, providers

from entrypoints.settings import Settings
from entrypoints.wiring.parts import Database


def memory(settings: Settings) -> Database:
    """Rows in this process, gone with it."""
    from adapters.memory.api_keys import MemoryApiKeyReads
    from adapters.memory.audit import MemoryAuditReads
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
    from adapters.system.clock import SystemClock

    rows = MemoryDatabase(SystemClock())
    return Database(
        store=MemoryStore(rows),
        users=MemoryUserReads(rows),
        sessions=MemorySessionReads(rows),
        projects=MemoryProjectReads(rows),
        api_keys=MemoryApiKeyReads(rows),
        files=MemoryFileReads(rows),
        jobs=MemoryJobReads(rows),
        events=MemoryEventReads(rows),
        roles=MemoryRoleReads(rows),
        audit=MemoryAuditReads(rows),
        oauth_states=MemoryOAuthStates(),
        queue=MemoryJobQueue(rows),
        secrets=MemoryInstallationSecrets(rows),
        migrate=list,
        pending=list,
        reset=list,
    )


def sql(settings: Settings) -> Database:
    """Rows in a file, where one process at a time serves and works, or in PostgreSQL."""
    from adapters.sql.api_keys import SqlApiKeyReads
    from adapters.sql.audit import SqlAuditReads
    from adapters.sql.database import SqlDatabase
    from adapters.sql.events import SqlEventReads
    from adapters.sql.file_reads import SqlFileReads
    from adapters.sql.installation_secrets import SqlInstallationSecrets
    from adapters.sql.job_queue import SqlJobQueue
    from adapters.sql.job_reads import SqlJobReads
    from adapters.sql.migrate import migrate, pending, reset
    from adapters.sql.oauth_states import SqlOAuthStates
    from adapters.sql.projects import SqlProjectReads
    from adapters.sql.roles import SqlRoleReads
    from adapters.sql.sessions import SqlSessionReads
    from adapters.sql.store import SqlStore
    from adapters.sql.users import SqlUserReads

    url = settings.database
    database = SqlDatabase(url)
    return Database(
        store=SqlStore(database),
        users=SqlUserReads(database),
        sessions=SqlSessionReads(database),
        projects=SqlProjectReads(database),
        api_keys=SqlApiKeyReads(database),
        files=SqlFileReads(database),
        jobs=SqlJobReads(database),
        events=SqlEventReads(database),
        roles=SqlRoleReads(database),
        audit=SqlAuditReads(database),
        oauth_states=SqlOAuthStates(database),
        queue=SqlJobQueue(database),
        secrets=SqlInstallationSecrets(database),
        migrate=partial(migrate, url),
        pending=partial(pending, url),
        reset=partial(reset, url),
        held=(database,),
    )


class Databases(containers.DeclarativeContainer):
    """The database that the settings select."""

    settings = providers.Dependency(instance_of=Settings)
    selected = providers.Selector(
        settings.provided.database_kind,
        memory=providers.Singleton(memory, settings),
        sqlite=providers.Singleton(sql, settings),
        postgres=providers.Singleton(sql, settings),
    )
