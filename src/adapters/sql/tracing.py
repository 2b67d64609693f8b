"""Statements as they show in traces: their text, in which every value is a placeholder, and never the values."""

import re
from functools import lru_cache
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine

from application.ports.traces import Span, Traces

LONGEST_TEXT = 2_000

_UNDER_WAY = "darkroom span"
_TABLE = re.compile(r"\b(?:FROM|INTO|UPDATE|JOIN)\s+([a-z_]+)")


def watch(engine: AsyncEngine, traces: Traces) -> None:
    """Let each statement of this engine be a step of what is under way."""
    system = "sqlite" if engine.dialect.name == "sqlite" else "postgresql"

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def _begin(
        connection: Any, cursor: object, statement: str, parameters: object, context: object, many: bool
    ) -> None:
        name, text = _told(statement)
        connection.info[_UNDER_WAY] = traces.leaf(name, {"db.system.name": system, "db.query.text": text})

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def _end(connection: Any, cursor: object, statement: str, parameters: object, context: object, many: bool) -> None:
        span: Span | None = connection.info.pop(_UNDER_WAY, None)
        if span is not None:
            span.end()

    @event.listens_for(engine.sync_engine, "handle_error")
    def _fail(context: ExceptionContext) -> None:
        connection = context.connection
        span: Span | None = None if connection is None else connection.info.pop(_UNDER_WAY, None)
        if span is None:
            return
        # Who was cancelled did nothing wrong.
        if isinstance(context.original_exception, Exception):
            span.fail(type(context.original_exception).__qualname__)
        span.end()


@lru_cache(maxsize=1024)
def _told(statement: str) -> tuple[str, str]:
    """A short name, such as `SELECT files`, and the text."""
    table = _TABLE.search(statement)
    verb = statement.split(None, 1)[0]
    return (f"{verb} {table[1]}" if table else verb), " ".join(statement.split())[:LONGEST_TEXT]
