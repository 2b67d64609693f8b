"""Slices of lists."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select, Table, func
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.pages import Page, PageRequest

T = TypeVar("T")


async def slice_of(
    connection: AsyncConnection, query: Select[Any], table: Table, request: PageRequest, *, dated: str = "created_at"
) -> tuple[Sequence[Row[Any]], int]:
    """The rows of a page, newest first, and how many there are in all."""
    counting = query.with_only_columns(func.count(), maintain_column_froms=True)
    total = (await connection.execute(counting)).scalar_one()
    newest_first = query.order_by(table.c[dated].desc(), table.c.id.desc())
    rows = await connection.execute(newest_first.limit(request.size).offset(request.offset))
    return rows.all(), total


async def page_of(
    connection: AsyncConnection,
    query: Select[Any],
    table: Table,
    request: PageRequest,
    read: Callable[[Row[Any]], T],
) -> Page[T]:
    """A page, newest first."""
    rows, total = await slice_of(connection, query, table, request)
    return Page([read(row) for row in rows], total, request)
