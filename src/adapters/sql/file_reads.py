"""Files with their variants, looked at in SQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    bindparam,
    cast,
    false,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    tuple_,
    type_coerce,
    union_all,
)

from adapters.sql.database import SqlDatabase
from adapters.sql.held_variants import HELD_VARIANTS
from adapters.sql.rows import FILE_COLUMNS, folded, view_of
from adapters.sql.scopes import INSIDE_ASKED, asked, inside
from adapters.sql.tables import files, former_keys, projects, variants
from application.ports.files import FileQuery, FileSort, FileView, KeyHolder
from domain.access import Scope
from domain.media import FileStatus
from domain.pages import Mark, Page, PageRequest

_SORTED_BY: dict[str, ColumnElement[Any]] = {
    FileSort.OLDEST: files.c.created_at,
    FileSort.NAME: files.c.filename_folded,
    FileSort.SMALLEST: files.c.size,
}

# What the index of all files says of itself, and only lists of all files say with it: where one project is asked for,
# the planner must not go through the newest of everybody in the hope that some are that project's.
_OF_ALL = literal_column("files.kind") != literal_column("''")


class SqlFileReads:
    """Files, to look at."""

    def __init__(self, database: SqlDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, file_id: UUID) -> FileView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_ONE, {"file_id": file_id, **asked(scope)})).one_or_none()
        return view_of(row) if row else None

    async def page(self, scope: Scope, query: FileQuery, request: PageRequest) -> Page[FileView]:
        async with self._database.reading() as connection:
            total = (await connection.execute(_total(scope, query))).scalar_one()
            rows = (await connection.execute(listed(scope, query, request))).all()
        shown = rows[: request.size]
        more = len(rows) > len(shown) > 0
        following = Mark(shown[-1].sorted_by, shown[-1].id) if more else None
        return Page([view_of(row) for row in shown], total, request, following)

    async def holding(self, key: str) -> KeyHolder | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_HELD, {"key": key})).one_or_none()
        return KeyHolder(view_of(row), row.variant, current=row.current) if row else None


def listed(scope: Scope, query: FileQuery, request: PageRequest) -> Select[Any]:
    """The statement for a page, and for one file more, which tells whether there are more."""
    column = _SORTED_BY[query.sort.removeprefix("-")]
    place, backwards = tuple_(column, files.c.id), query.sort.startswith("-")
    ordered = (column.desc(), files.c.id.desc()) if backwards else (column, files.c.id)
    wanted = _asked(scope, query).add_columns(column.label("sorted_by")).order_by(*ordered).limit(request.size + 1)
    if request.after is None:
        return wanted.offset(request.offset)
    mark = tuple_(literal(request.after.value, column.type), literal(request.after.id, files.c.id.type))
    return wanted.where(place < mark if backwards else place > mark)


def _open() -> ColumnElement[bool]:
    return projects.c.deleted_at.is_(None) & projects.c.erasing_at.is_(None)


def _holder() -> Any:
    # Lookups by index; joined by OR they would be a scan.
    none, key = cast(null(), Text).label("variant"), bindparam("key", type_=Text())
    current, former = type_coerce(true(), true().type).label("current"), false().label("current")
    of_original = select(files.c.id.label("file_id"), none, current).where(files.c.key == key)
    of_variant = select(variants.c.file_id, variants.c.name, current).where(variants.c.key == key)
    once = select(former_keys.c.file_id, former_keys.c.name, former).where(former_keys.c.key == key)
    return union_all(of_original, of_variant, once).limit(1).subquery()


# All are built once: building a query costs as much as a fifth of asking it.
_VISIBLE: Select[Any] = (
    select(*FILE_COLUMNS, HELD_VARIANTS, projects.c.owner_id, projects.c.settings)
    .join(projects, projects.c.id == files.c.project_id)
    .where(files.c.status != FileStatus.PENDING, _open())
)
_ONE: Select[Any] = _VISIBLE.where(files.c.id == bindparam("file_id"), INSIDE_ASKED)
_HOLDER = _holder()
_HELD: Select[Any] = _VISIBLE.add_columns(_HOLDER.c.variant, _HOLDER.c.current).join(
    _HOLDER, _HOLDER.c.file_id == files.c.id
)


def _visible(scope: Scope) -> Select[Any]:
    return _VISIBLE.where(inside(scope))


def _only_project(scope: Scope, query: FileQuery) -> UUID | None:
    """The one project to look into, said of the files themselves: their indexes begin with it."""
    of_key = None if scope.everything or scope.owner_id else scope.project_id
    return query.project_id or of_key


def _asked(scope: Scope, wanted: FileQuery) -> Select[Any]:
    query, project_id = _visible(scope), _only_project(scope, wanted)
    query = query.where(_OF_ALL if project_id is None else files.c.project_id == project_id)
    if wanted.kind is not None:
        query = query.where(files.c.kind == wanted.kind)
    if wanted.status is not None:
        query = query.where(files.c.status == wanted.status)
    if wanted.sha256 is not None:
        query = query.where(files.c.sha256 == wanted.sha256)
    if wanted.mime_type is not None:
        query = query.where(_of_type(wanted.mime_type))
    if wanted.text:
        query = query.where(files.c.filename_folded.contains(folded(wanted.text), autoescape=True))
    return query


def _of_type(mime_type: str) -> ColumnElement[bool]:
    family, _, kind = mime_type.partition("/")
    if kind == "*":
        return files.c.mime_type.startswith(f"{family}/", autoescape=True)
    return files.c.mime_type == mime_type


def _total(scope: Scope, query: FileQuery) -> Select[Any]:
    if query.kind or query.status or query.sha256 or query.text or query.mime_type:
        return _asked(scope, query).with_only_columns(func.count(), maintain_column_froms=True)
    # Counting a million rows takes longer than showing ten of them.
    counted = select(cast(func.coalesce(func.sum(projects.c.files_count), 0), BigInteger)).where(_open(), inside(scope))
    return counted if query.project_id is None else counted.where(projects.c.id == query.project_id)
