"""Opening SQLite and PostgreSQL so that waits are bounded and writers never overwrite each other."""

import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from adapters.sql.one_trip import SqliteThreads
from adapters.sql.types import dump_json

CONNECT_WITHIN = 5
STATEMENT_WITHIN = 15
IDLE_IN_UNIT_MS = 2500

_POSTGRES_SETTINGS = {
    "application_name": "darkroom",
    "timezone": "UTC",
    "statement_timeout": f"{STATEMENT_WITHIN}s",
    # Every upload and job of a project writes its row. A process that stands still inside a unit would hold up all of
    # them, so it loses the unit soon; between two statements of a living one lie milliseconds.
    "idle_in_transaction_session_timeout": f"{IDLE_IN_UNIT_MS}ms",
    # A plan made while a table was small would go on scanning it when it has become large.
    "plan_cache_mode": "force_custom_plan",
    # Compiling a claim costs more than running it.
    "jit": "off",
}

_SQLITE_PRAGMAS = {
    "journal_mode": "WAL",
    # A commit is on the disk when it returns, whatever happens to the machine.
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "temp_store": "MEMORY",
    "journal_size_limit": 64 << 20,
}


def open_postgres(url: URL, connections: int, patience: float) -> AsyncEngine:
    """A pool that replaces lost connections by itself and asks nobody for it."""
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        json_serializer=dump_json,
        # They would end up in a log with the error, hashes of passwords among them.
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_WITHIN,
            # Where the network swallows everything, the server's own limits do not help.
            "command_timeout": STATEMENT_WITHIN + 5,
            "server_settings": {**_POSTGRES_SETTINGS, "lock_timeout": f"{patience * 1000:.0f}ms"},
        },
    )

    @event.listens_for(engine.sync_engine, "checkout")
    def _replace_lost(connection: Any, record: Any, proxy: Any) -> None:
        # The driver knows when a server has hung up: free of charge, where a ping costs a round trip.
        if connection.driver_connection.is_closed():
            raise DisconnectionError

    event.listen(engine.sync_engine, "handle_error", _forget_the_row)
    return engine


def _forget_the_row(context: ExceptionContext) -> None:
    # PostgreSQL quotes the whole row that breaks a rule, hashes of passwords included.
    driver_error = context.original_exception.__cause__
    if getattr(driver_error, "detail", None):
        driver_error.detail = None  # type: ignore[union-attr]
        for error in (context.original_exception, context.sqlalchemy_exception):
            if error is not None:
                error.args = tuple(str(said).partition("\nDETAIL:")[0] for said in error.args)


def open_sqlite(
    url: URL, connections: int, patience: float, threads: SqliteThreads, *, read_only: bool, at_rest: bool = False
) -> AsyncEngine:
    """Connections that begin no transaction unless told to; a file at rest is not put into the mode of one in use."""
    pragmas = {name: value for name, value in _SQLITE_PRAGMAS.items() if not (at_rest and name == "journal_mode")}
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        # Nothing but a transaction of another program, such as a backup, is ever waited for here.
        connect_args={"isolation_level": None, "timeout": patience, "async_creator_fn": threads.connect},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, record: Any) -> None:
        cursor = connection.cursor()
        for name, value in pragmas.items():
            cursor.execute(f"PRAGMA {name} = {value}")
        if read_only:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    return engine


def require_sqlite() -> None:
    """Refuse a SQLite that lacks what our statements use."""
    if sqlite3.sqlite_version_info < (3, 37):
        raise RuntimeError(f"SQLite {sqlite3.sqlite_version} is too old: Darkroom needs 3.37")
