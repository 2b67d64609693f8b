"""The database's own clock, as an SQL expression."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam
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


@compiles(After, "postgresql")
def _postgres(element: After, compiler: SQLCompiler, **options: Any) -> str:
    (delay,) = element.clauses
    return f"({POSTGRES_NOW} + {compiler.process(delay, **options)} * interval '1 microsecond')"


@compiles(After, "sqlite")
def _sqlite(element: After, compiler: SQLCompiler, **options: Any) -> str:
    (delay,) = element.clauses
    return f"({SQLITE_NOW} + {compiler.process(delay, **options)})"
