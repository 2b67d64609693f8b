"""The database's own clock, as an SQL expression."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from adapters.sql.types import UtcDateTime

# The statement's own time, not the transaction's; and not clock_timestamp(), which no index can be searched with.
POSTGRES_NOW = "statement_timestamp()"
SQLITE_NOW = (
    "(CAST(strftime('%s', 'now') AS INTEGER) * 1000000 + CAST(substr(strftime('%f', 'now'), 4) AS INTEGER) * 1000)"
)


class After(FunctionElement[datetime]):
    """So much later than now."""

    name = "after"
    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, delay: timedelta = timedelta(0)) -> None:
        super().__init__(bindparam(None, delay // timedelta(microseconds=1), type_=BigInteger()))


class Later(FunctionElement[datetime]):
    """So much later than a moment that is kept."""

    name = "later"
    type = UtcDateTime()
    inherit_cache = True

    def __init__(self, moment: ColumnElement[datetime], delay: timedelta) -> None:
        super().__init__(moment, bindparam(None, delay // timedelta(microseconds=1), type_=BigInteger()))


@compiles(After, "postgresql")
def _postgres(element: After, compiler: SQLCompiler, **options: Any) -> str:
    (delay,) = element.clauses
    return f"({POSTGRES_NOW} + {compiler.process(delay, **options)} * interval '1 microsecond')"


@compiles(After, "sqlite")
def _sqlite(element: After, compiler: SQLCompiler, **options: Any) -> str:
    (delay,) = element.clauses
    return f"({SQLITE_NOW} + {compiler.process(delay, **options)})"


@compiles(Later, "postgresql")
def _later_in_postgres(element: Later, compiler: SQLCompiler, **options: Any) -> str:
    moment, delay = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({moment} + {delay} * interval '1 microsecond')"


@compiles(Later, "sqlite")
def _later_in_sqlite(element: Later, compiler: SQLCompiler, **options: Any) -> str:
    moment, delay = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({moment} + {delay})"
