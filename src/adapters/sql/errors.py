"""What the databases complain about, in our own words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from domain.errors import AlreadyThere, DarkroomError, Invalid, ParentMissing, StorageFull, Unavailable

BUSY_FOR = 1.0


class OutcomeUnknown(Unavailable):
    """The connection was lost during the commit: the change was made whole or not at all, and nobody knows which."""

    code = "outcome_unknown"


def _no_schema() -> DarkroomError:
    return Unavailable("the database lacks our tables; run 'darkroom migrate'")


def busy() -> DarkroomError:
    """What is said when others have taken all there is."""
    return Unavailable("the database is too busy to answer in time", retry_after=BUSY_FOR)


def _down() -> DarkroomError:
    return Unavailable("the database does not answer")


# By what a SQLSTATE or a SQLite error name begins with; the first that fits counts.
_SAID: dict[tuple[str, ...], Callable[[], DarkroomError]] = {
    ("23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"): lambda: AlreadyThere(
        "this is there already"
    ),
    ("23503", "SQLITE_CONSTRAINT_FOREIGNKEY"): lambda: ParentMissing("what this belongs to is not there"),
    ("53100", "SQLITE_FULL"): lambda: StorageFull("the database has no room left"),
    ("42P01", "42703", "3F000"): _no_schema,
    ("57014", "55P03", "40001", "40P01", "25P03", "53300", "SQLITE_BUSY", "SQLITE_LOCKED"): busy,
    ("22",): lambda: Invalid("a value cannot be kept in the database"),
    ("08", "57P", "53", "58", "28", "3D000", "25006", "XX"): _down,
    ("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_PROTOCOL"): _down,
}


@contextmanager
def translated() -> Iterator[None]:
    """Say what went wrong in the domain's words."""
    try:
        yield
    except (SQLAlchemyError, OSError, TimeoutError, OverflowError) as error:
        if said := in_our_words(error):
            raise said from error
        raise


@contextmanager
def committing() -> Iterator[None]:
    """As `translated`, where it matters whether the last word was heard."""
    try:
        with translated():
            yield
    except Unavailable as error:
        raise OutcomeUnknown(
            "the database went away during a commit; look whether the change was made before repeating it",
            retry_after=error.retry_after or BUSY_FOR,
        ) from error


def in_our_words(error: Exception) -> DarkroomError | None:
    """The domain's error for the database's, or nothing when it can only be a mistake of ours."""
    match error:
        case DBAPIError():
            return _of_database(error)
        case StatementError(orig=DarkroomError() as ours):
            return ours
        case StatementError(orig=OverflowError()) | OverflowError():
            return Invalid("a number is too large to be kept")
        case PoolExhausted() | TimeoutError():
            return busy()
        case OSError():
            return Unavailable("the database cannot be reached")
    return None


def _of_database(error: DBAPIError) -> DarkroomError | None:
    code = code_of(error)
    for codes, said in _SAID.items():
        if code.startswith(codes):
            return said()
    if code == "SQLITE_ERROR" and "no such " in str(error.orig):
        return _no_schema()
    if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError):
        return _down()
    return None


def code_of(error: DBAPIError) -> str:
    """PostgreSQL's SQLSTATE or SQLite's error name, or nothing."""
    return getattr(error.orig, "sqlstate", None) or getattr(error.orig, "sqlite_errorname", None) or ""
