"""Statements that failed through no fault of what they asked for."""

from functools import partial

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.errors import in_our_words
from application.ports.measures import Dependency, Measures
from domain.errors import Outage


def count_errors(engine: AsyncEngine, measures: Measures) -> None:
    """Take note of them; what is refused on purpose, such as a name that is taken, is none."""
    event.listen(engine.sync_engine, "handle_error", partial(_count, measures))


def _count(measures: Measures, context: ExceptionContext) -> None:
    error = context.sqlalchemy_exception or context.original_exception
    if context.connection is None or not isinstance(error, Exception):
        return  # a connection that cannot be had is counted by who wanted it; and to be cancelled is no error
    said = in_our_words(error)
    if said is None or isinstance(said, Outage):
        measures.failed(Dependency.DATABASE, _operation(context.statement))


def _operation(statement: str | None) -> str:
    if statement is None:
        return "commit"
    return "read" if statement.lstrip()[:6].upper() == "SELECT" else "write"
