"""Files as somebody in a hurry would serve them: a few queries through our own database, one JSON answer."""

import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from math import ceil
from typing import Any
from uuid import UUID

import uvicorn
from sqlalchemy import bindparam, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.sql.database import SqlDatabase
from adapters.sql.held_variants import HELD_VARIANTS
from adapters.sql.tables import api_keys, files, projects, users

ADDRESS, DATABASE, PORT = sys.argv[1:]
KEYS = (
    select(api_keys)
    .join(projects, projects.c.id == api_keys.c.project_id)
    .outerjoin(users, users.c.id == projects.c.owner_id)
    .where(api_keys.c.hash == bindparam("hashed"), projects.c.deleted_at.is_(None), users.c.is_active.is_not(False))
)
LEFT_OUT = ("filename_folded", "key", "original_deleted_at")
OPEN = projects.c.deleted_at.is_(None) & projects.c.erasing_at.is_(None) & (projects.c.id == bindparam("project"))
FILES = (
    select(*files.c, HELD_VARIANTS, projects.c.owner_id, projects.c.settings)
    .join(projects, projects.c.id == files.c.project_id)
    .where(files.c.status != "pending", OPEN)
)
ONE = FILES.where(files.c.id == bindparam("wanted"))
SIZE = 10
PAGE = FILES.where(files.c.project_id == bindparam("project")).limit(SIZE + 1)
PAGE = PAGE.order_by(files.c.created_at.desc(), files.c.id.desc())
TOTAL = select(projects.c.files_count).where(OPEN)

database = SqlDatabase(DATABASE)


async def file(request: Request) -> JSONResponse:
    """Answer with one."""
    project = await project_of(request)
    if project is None:
        return JSONResponse({"detail": "who are you?"}, 401)
    wanted = UUID(request.path_params["file_id"])
    async with database.reading() as connection:
        row = (await connection.execute(ONE, {"wanted": wanted, "project": project})).one_or_none()
    if row is None:
        return JSONResponse({"detail": "there is no such file"}, 404)
    return JSONResponse(body_of(row))


async def listed(request: Request) -> JSONResponse:
    """Answer with the newest."""
    project = await project_of(request)
    if project is None:
        return JSONResponse({"detail": "who are you?"}, 401)
    async with database.reading() as connection:
        total = (await connection.execute(TOTAL, {"project": project})).scalar_one()
        rows = (await connection.execute(PAGE, {"project": project})).all()
    last = rows[SIZE - 1] if len(rows) > SIZE else None
    return JSONResponse(
        {
            "data": [body_of(row) for row in rows[:SIZE]],
            "total_items": total,
            "total_pages": ceil(total / SIZE),
            "current_page": 1,
            "page_size": SIZE,
            "next_cursor": f"{last.created_at.isoformat()} {last.id}" if last else None,
        }
    )


async def project_of(request: Request) -> UUID | None:
    """Whose key it is."""
    hashed = hashlib.sha256(request.headers["x-api-key"].encode()).hexdigest()
    async with database.reading() as connection:
        key = (await connection.execute(KEYS, {"hashed": hashed})).one_or_none()
    expired = key is not None and key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    if key is None or not key.is_active or expired or "read" not in key.scopes:
        return None
    project: UUID = key.project_id
    return project


def body_of(row: Any) -> dict[str, Any]:
    """The same JSON."""
    private = json.loads(row.settings).get("visibility") == "private"
    ours = f"{ADDRESS}/files/{row.id}/content"
    variants = {
        name: f"{ours}?variant={name}" if private else f"{ADDRESS}/blobs/{key}"
        for name, _, key, *_ in sorted(json.loads(row.held_variants or "[]"))
    }
    told = {column.name: getattr(row, column.name) for column in files.c if column.name not in LEFT_OUT}
    return {
        **told,
        "id": str(row.id),
        "project_id": str(row.project_id),
        "url": ours if private else f"{ADDRESS}/blobs/{row.key}",
        "variants": variants,
        "metadata": {name: value for name, value in row.metadata.items() if name != "gps"},
        "created_at": told_time(row.created_at),
        "updated_at": told_time(row.updated_at),
    }


def told_time(moment: datetime) -> str:
    """With a Z."""
    return moment.isoformat().replace("+00:00", "Z")


@asynccontextmanager
async def opened(_app: Starlette) -> AsyncIterator[None]:
    """The database is open while it serves."""
    await database.open()
    yield
    await database.close()


if __name__ == "__main__":
    uvicorn.run(
        Starlette(
            routes=[
                Route("/files/{file_id}", file),
                Route("/files", listed),
                Route("/", lambda _: JSONResponse({})),
            ],
            lifespan=opened,
        ),
        port=int(PORT),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
    )
