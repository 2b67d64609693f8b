"""Files with their variants, looked at in memory."""

from datetime import datetime
from uuid import UUID

from adapters.memory.projects import seen
from adapters.memory.state import MemoryDatabase, Rows
from application.ports.files import FileQuery, FileSort, FileView, KeyHolder
from domain.access import EVERYTHING, Scope
from domain.media import FileStatus, MediaFile
from domain.pages import Mark, Page, PageRequest


class MemoryFileReads:
    """Files, to look at."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def get(self, scope: Scope, file_id: UUID) -> FileView | None:
        return _visible(self._database.rows, scope, file_id)

    async def page(self, scope: Scope, query: FileQuery, request: PageRequest) -> Page[FileView]:
        rows = self._database.rows
        found = [view for file_id in rows.files if (view := _visible(rows, scope, file_id)) is not None]
        wanted = [view for view in found if _asked(view.file, query)]
        ordered = sorted(
            wanted, key=lambda view: (_value(view.file, query.sort), view.file.id), reverse=query.sort.startswith("-")
        )
        behind = [view for view in ordered if _behind(view.file, query.sort, request.after)]
        first = 0 if request.after else request.offset
        items, rest = behind[first : first + request.size], behind[first + request.size :]
        following = Mark(_value(items[-1].file, query.sort), items[-1].file.id) if rest and items else None
        total = len(wanted) if _narrowed(query) else _counted(rows, scope, query.project_id)
        return Page(items, total, request, following)

    async def holding(self, key: str) -> KeyHolder | None:
        rows = self._database.rows
        former = rows.former_keys.get(key, (None, None))
        owner = rows.original_keys.get(key) or rows.variant_keys.get(key) or former[0]
        view = None if owner is None else _visible(rows, EVERYTHING, owner)
        if view is None:
            return None
        name = next((variant.name for variant in view.file.variants if variant.key == key), former[1])
        return KeyHolder(view, name, current=former[0] is None)


def _visible(rows: Rows, scope: Scope, file_id: UUID) -> FileView | None:
    file = rows.files.get(file_id)
    project = seen(rows, scope, file.project_id) if file and file.status is not FileStatus.PENDING else None
    if file is None or project is None or not project.open:
        return None
    return FileView(file, project.owner_id, project.settings.visibility, project.settings.strip_metadata)


def _asked(file: MediaFile, query: FileQuery) -> bool:
    return (
        query.project_id in {None, file.project_id}
        and query.kind in {None, file.kind}
        and query.status in {None, file.status}
        and query.sha256 in {None, file.sha256}
        and _of_type(file.mime_type, query.mime_type)
        and (query.text or "").casefold() in file.filename.casefold()
    )


def _of_type(mime_type: str, wanted: str | None) -> bool:
    return wanted in {None, mime_type, f"{mime_type.partition('/')[0]}/*"}


def _narrowed(query: FileQuery) -> bool:
    return any((query.kind, query.status, query.text, query.sha256, query.mime_type))


def _counted(rows: Rows, scope: Scope, project_id: UUID | None) -> int:
    wanted = [rows.projects.get(project_id)] if project_id else rows.projects.values()
    return sum(each.files_count for each in wanted if each and each.open and seen(rows, scope, each.id))


def _value(file: MediaFile, sort: FileSort) -> datetime | str | int:
    match sort.removeprefix("-"):
        case FileSort.NAME:
            return file.filename.casefold()
        case FileSort.SMALLEST:
            return file.size
        case _:
            return file.created_at


def _behind(file: MediaFile, sort: FileSort, mark: Mark | None) -> bool:
    if mark is None:
        return True
    here, there = (_value(file, sort), file.id), (mark.value, mark.id)
    return here < there if sort.startswith("-") else here > there
