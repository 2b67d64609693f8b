"""Bringing a database's schema up to date, safely against crashes and against each other.

These functions block; call them from a thread where others must not wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yoyo import read_migrations
from yoyo.backends import get_backend_class
from yoyo.backends.base import DatabaseBackend, get_dbapi_module
from yoyo.connections import parse_uri
from yoyo.migrations import Migration, MigrationList, default_migration_table, topological_sort

from adapters.sql.migration_lock import only_migrator_of_file, only_migrator_of_server
from adapters.sql.tables import schema_info
from adapters.sql.url import DatabaseUrl, read_url
from domain.errors import Conflict, Unavailable


class ForeignDatabase(Conflict):
    """It has tables, and they are not ours."""

    code = "foreign_database"


def migrations_folder() -> Path:
    """Where the migrations are: beside this module in an installed package, else on the repository's top level."""
    here = Path(__file__).resolve()
    packaged = here.with_name("migrations")
    return packaged if packaged.is_dir() else here.parents[3] / "migrations"


def migrate(url: str, folder: Path | None = None) -> list[str]:
    """Apply what is missing and tell what that was; others who migrate at the same time wait and find nothing to do."""
    where = read_url(url)
    with _migrating(where) as backend:
        todo = backend.to_apply(_migrations(where, folder))
        for migration in todo:
            _apply(backend, migration)
        if not where.path:
            _settle_events(backend)
        return [migration.id for migration in todo]


def pending(url: str, folder: Path | None = None) -> list[str]:
    """What `migrate` would apply; changes nothing."""
    where = read_url(url)
    applied = _applied(where)
    return [migration.id for migration in topological_sort(_migrations(where, folder)) if migration.hash not in applied]


def reset(url: str, folder: Path | None = None) -> list[str]:
    """Undo every migration, and so forget all rows; tells what was undone."""
    where = read_url(url)
    with _migrating(where) as backend:
        todo = backend.to_rollback(_migrations(where, folder))
        for migration in todo:
            _undo(backend, migration)
        return [migration.id for migration in todo]


def _migrations(where: DatabaseUrl, folder: Path | None) -> MigrationList:
    top = folder or migrations_folder()
    return read_migrations(str(top / "common"), str(top / ("sqlite" if where.path else "postgres")))


def _apply(backend: DatabaseBackend, migration: Migration) -> None:
    migration.load()
    if not migration.use_transactions:
        backend.apply_one(migration)
        return
    # In yoyo a migration and the note that it was applied are two transactions: a crash between them would have it
    # applied again. Within one of ours, both are savepoints.
    with backend.transaction():
        migration.process_steps(backend, "apply")
        backend.mark_one(migration, log=False)


def _undo(backend: DatabaseBackend, migration: Migration) -> None:
    migration.load()
    with backend.transaction():
        migration.process_steps(backend, "rollback")
        backend.unmark_one(migration, log=False)


def _settle_events(backend: DatabaseBackend) -> None:
    # Events restored from another server tell of its transactions, which may lie in the future here, and nobody would
    # be shown them before it comes. Such a number cannot be our own: nothing of it would be visible yet.
    with backend.transaction():
        backend.execute("UPDATE events SET xid = 0 WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint")


@contextmanager
def _migrating(where: DatabaseUrl) -> Iterator[DatabaseBackend]:
    if where.path:
        with only_migrator_of_file(where.path), _connected(where) as backend:
            yield _ready(backend, is_file=True)
    else:
        with _connected(where) as backend, only_migrator_of_server(backend):
            yield _ready(backend)


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    # Those of extensions belong to no program.
    "postgresql": """
        SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')""",
}


def _require_ours_or_empty(backend: DatabaseBackend, *, is_file: bool) -> None:
    query = _TABLES["sqlite" if is_file else "postgresql"]
    tables = sorted(row[0] for row in backend.execute(query).fetchall())
    # The library that migrates makes its own tables first.
    if tables and not any(name == schema_info.name or name.startswith(("_yoyo", "yoyo_lock")) for name in tables):
        raise ForeignDatabase(
            f"this database is another program's (it has a table {tables[0]}) and was left as it is; "
            "name an empty one with DATABASE_URL or DATABASE_DIR"
        )


def _ready(backend: DatabaseBackend, *, is_file: bool = False) -> DatabaseBackend:
    _require_ours_or_empty(backend, is_file=is_file)
    if is_file:
        # It stays so for good; a program that finds it so has nothing to switch, which would need the file for itself.
        backend.execute("PRAGMA journal_mode = WAL")
    backend.init_database()
    # Whoever left yoyo's own lock behind is dead: we hold ours.
    backend.break_lock()
    backend.ensure_internal_schema_updated()
    return backend


@contextmanager
def _connected(where: DatabaseUrl) -> Iterator[DatabaseBackend]:
    parsed = parse_uri(where.for_yoyo)
    kind = get_backend_class(parsed.scheme)
    driver = get_dbapi_module(kind.driver_module)
    try:
        with kind(parsed, default_migration_table) as backend:
            yield backend
    except driver.OperationalError as error:
        raise Unavailable(f"the database does not answer: {error}") from error


def _applied(where: DatabaseUrl) -> set[str]:
    if where.path and not where.path.exists():
        return set()
    with _connected(where) as backend:
        try:
            rows = backend.execute(backend.format_sql(backend.applied_migrations_sql)).fetchall()
        except backend.DatabaseError:
            return set()
        return {row[0] for row in rows}
