"""Finding out what there is: rows by direct SQL or out of memory, blobs by their port, leftovers by looking."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, NullPool, create_engine, select

from adapters.memory.state import MemoryDatabase
from adapters.sql.dbtime import After
from adapters.sql.tables import files, former_keys, jobs, projects, variants
from adapters.sql.url import read_url
from application.ports.blob_store import BlobMissing, BlobStore
from domain.media import FileStatus, MediaFile
from tests.invariants import FileRow, JobRow, ProjectRow, Rows, Stored, VariantRow

NOBODY = UUID(int=0)


def engine_for(url: str) -> Any:
    """A synchronous way to the same database, which shares nothing with the program's own."""
    address = read_url(url)
    plain = address.parsed.set(drivername="sqlite" if address.path else "postgresql+psycopg")
    return create_engine(plain.set(database=str(address.path)) if address.path else plain, poolclass=NullPool)


def rows_of(url: str) -> Rows:
    """What a SQL database holds, in one snapshot."""
    engine = engine_for(url).execution_options(
        **({} if url.startswith("sqlite") else {"isolation_level": "REPEATABLE READ"})
    )
    with engine.begin() as connection:
        if url.startswith("sqlite"):
            connection.exec_driver_sql("BEGIN")
        return _rows(connection)


def _rows(connection: Connection) -> Rows:
    now = cast("datetime", connection.execute(select(After())).scalar_one())
    f, v, j, p = files.c, variants.c, jobs.c, projects.c
    return Rows(
        now,
        [
            ProjectRow(id_, count, used, erasing is not None)
            for id_, count, used, erasing in connection.execute(
                select(p.id, p.files_count, p.storage_used_bytes, p.erasing_at)
            )
        ],
        [
            FileRow(*row[:7], row[7] is not None)
            for row in connection.execute(
                select(f.id, f.project_id, f.key, f.status, f.size, f.sha256, f.created_at, f.original_deleted_at)
            )
        ],
        [VariantRow(*row) for row in connection.execute(select(v.file_id, v.name, v.recipe, v.key, v.status, v.size))],
        [
            JobRow(*row[:4], None if row[4] == NOBODY else row[4], *row[5:])
            for row in connection.execute(
                select(j.id, j.kind, j.status, j.due_at, j.project_id, j.file_id, j.unique_key)
            )
        ],
        {
            row.key: row.updated_at
            for row in connection.execute(
                select(former_keys.c.key, f.updated_at).join(files, f.id == former_keys.c.file_id)
            )
        },
    )


def rows_in(database: MemoryDatabase) -> Rows:
    """What a database in memory holds."""
    kept = database.rows
    return Rows(
        database.clock.now(),
        [
            ProjectRow(p.id, p.files_count, p.storage_used_bytes, p.erasing_at is not None)
            for p in kept.projects.values()
        ],
        [_file_row(file) for file in kept.files.values()],
        [
            VariantRow(file.id, v.name, v.recipe, v.key, v.status, v.size)
            for file in kept.files.values()
            for v in file.variants
        ],
        [
            JobRow(
                job.id,
                job.kind,
                job.status,
                job.lease.until if job.lease else job.run_at,
                job.project_id,
                job.file_id,
                job.unique_key,
            )
            for job in kept.jobs.values()
        ],
        {key: kept.files[owner].updated_at for key, (owner, _) in kept.former_keys.items()},
    )


def _file_row(file: MediaFile) -> FileRow:
    return FileRow(
        file.id,
        file.project_id,
        file.key,
        FileStatus(file.status).value,
        file.size,
        file.sha256,
        file.created_at,
        file.original_deleted_at is not None,
    )


async def blobs_of(store: BlobStore) -> dict[str, Stored]:
    """Every blob with the hash of its bytes, read back from the store; one that goes meanwhile is not there."""
    found = {}
    async for info in store.list():
        hashed, size = hashlib.sha256(), 0
        with suppress(BlobMissing):
            async for chunk in store.read(info.key):
                hashed.update(chunk)
                size += len(chunk)
            found[info.key] = Stored(size, hashed.hexdigest(), info.modified_at)
    return found


def left_in(*folders: Path) -> list[str]:
    """What lies in folders that hold nothing at rest."""
    return [str(path) for folder in folders if folder.exists() for path in sorted(folder.iterdir())]


def living_in(folder: Path, *, but: Iterable[int] = ()) -> list[str]:
    """Processes that have to do with a folder: they work there, or were told of it."""
    spared = {os.getpid(), *but}
    return [told for number, told in _processes(str(folder)) if number not in spared]


def _processes(folder: str) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            told = f"{line}{(entry / 'environ').read_bytes().decode(errors='replace')}{(entry / 'cwd').readlink()}"
            if line and folder in told:
                yield int(entry.name), f"{entry.name} {line.strip()}"
