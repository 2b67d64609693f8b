"""A file as somebody in a hurry would serve it: two queries through our own database, one JSON answer, no questions."""

import hashlib
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
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
FILES = (
    select(*files.c, HELD_VARIANTS, projects.c.owner_id, projects.c.settings)
    .join(projects, projects.c.id == files.c.project_id)
    .where(files.c.id == bindparam("wanted"), projects.c.id == bindparam("project"), files.c.status != "pending")
    .where(projects.c.deleted_at.is_(None), projects.c.erasing_at.is_(None))
)

database = SqlDatabase(DATABASE)


async def file(request: Request) -> JSONResponse:
    """Answer."""
    hashed = hashlib.sha256(request.headers["x-api-key"].encode()).hexdigest()
    async with database.reading() as connection:
        key = (await connection.execute(KEYS, {"hashed": hashed})).one_or_none()
    expired = key is not None and key.expires_at is not None and key.expires_at <= datetime.now(UTC)
    if key is None or not key.is_active or expired or "read" not in key.scopes:
        return JSONResponse({"detail": "who are you?"}, 401)
    wanted = UUID(request.path_params["file_id"])
    async with database.reading() as connection:
        row = (await connection.execute(FILES, {"wanted": wanted, "project": key.project_id})).one_or_none()
    if row is None:
        return JSONResponse({"detail": "there is no such file"}, 404)
    return JSONResponse(body_of(row))


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
        Starlette(routes=[Route("/files/{file_id}", file), Route("/", lambda _: JSONResponse({}))], lifespan=opened),
        port=int(PORT),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=60,
    )
