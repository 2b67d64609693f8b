"""Every route that exists × every kind of caller: who gets what. A route without a row here fails."""

import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2
import pytest

from tests.tables import every_row
from tests.unit.entrypoints.world import NOBODY, World, world

pytestmark = pytest.mark.anyio

CALLERS = (NOBODY, "owner", "stranger", "admin", "su", "key", "foreign_key", "reading_key", "writing_key")


@dataclass(frozen=True)
class Row:
    """What each caller is answered; `body` is what the request carries, `{names}` are the owner's ids."""

    statuses: Mapping[str, int]
    body: object = None
    form: bool = False
    part: str = "file"
    fields: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


def everybody(status: int) -> dict[str, int]:
    return dict.fromkeys(CALLERS, status)


def users(owner: int, stranger: int, admin: int, su: int) -> dict[str, int]:
    """A route for people: programs are refused."""
    people = {NOBODY: 401, "owner": owner, "stranger": stranger, "admin": admin, "su": su}
    return {**everybody(403), **people}


def anyone_signed_in(status: int) -> dict[str, int]:
    return users(status, status, status, status)


def superuser(status: int) -> dict[str, int]:
    return users(403, 403, 403, status)


OWN_PROJECT = users(200, 404, 404, 200)
FOREIGN_JOB = users(403, 403, 404, 200)
OWN_FILE = {
    NOBODY: 401, "owner": 200, "stranger": 404, "admin": 404, "su": 200,
    "key": 200, "foreign_key": 404, "reading_key": 200, "writing_key": 403,
}  # fmt: skip
UPLOAD = {
    NOBODY: 401, "owner": 200, "stranger": 404, "admin": 404, "su": 200,
    "key": 200, "foreign_key": 404, "reading_key": 403, "writing_key": 200,
}  # fmt: skip
CURATING = {**everybody(401), "owner": 403, "stranger": 403, "admin": 200, "su": 200}
"""Keys are nobody here; the role `user` may look only."""
NEW_ENTITY = Row({**CURATING, "admin": 201, "su": 201}, form=True, part="image", fields={"label": "new"})

MATRIX: dict[tuple[str, str], Row] = {
    ("POST", "/auth/register"): Row(everybody(422), body={"email": "x", "password": "y"}),
    ("POST", "/auth/login"): Row(everybody(401), body={"username": "owner", "password": "wrong-password"}),
    ("POST", "/auth/code"): Row(everybody(401), body={"code": "nobody's"}),
    ("POST", "/auth/refresh"): Row(everybody(401), body={"refresh_token": "nobody's"}),
    ("POST", "/auth/logout"): Row(everybody(200), body={"refresh_token": "nobody's"}),
    ("POST", "/auth/logout-all"): Row(anyone_signed_in(200)),
    ("POST", "/auth/oauth/authorize"): Row(everybody(422), body={"provider": "nobody"}),
    ("POST", "/auth/oauth/callback"): Row(everybody(400), body={"code": "x", "state": "nobody's"}),
    ("POST", "/auth/password"): Row(
        anyone_signed_in(403), body={"current_password": "not it", "new_password": "three blind mice"}
    ),
    ("POST", "/auth/totp"): Row(anyone_signed_in(409)),
    ("POST", "/auth/totp/confirm"): Row(anyone_signed_in(404), body={"code": "123456"}),
    ("DELETE", "/auth/totp"): Row(anyone_signed_in(404), body={"password": "not it", "code": "123456"}),
    ("GET", "/auth/me"): Row(anyone_signed_in(200)),
    ("GET", "/.well-known/jwks.json"): Row(everybody(200)),
    ("GET", "/sessions"): Row(anyone_signed_in(200)),
    ("DELETE", "/sessions/{session_id}"): Row(users(200, 404, 404, 404)),
    ("GET", "/protected"): Row(anyone_signed_in(200)),
    ("GET", "/users"): Row(superuser(200)),
    ("POST", "/users"): Row(superuser(201), body={"username": "new", "password": "long-enough", "role": "user"}),
    ("GET", "/users/{user_id}"): Row(users(200, 404, 404, 200)),
    ("PATCH", "/users/{user_id}"): Row(superuser(200), body={"role": "admin"}),
    ("DELETE", "/users/{user_id}"): Row(superuser(200)),
    ("GET", "/roles"): Row(superuser(200)),
    ("POST", "/roles"): Row(superuser(201), body={"name": "auditor", "permissions": ["audit_view"]}),
    ("GET", "/roles/{name}"): Row(superuser(404)),
    ("PUT", "/roles/{name}"): Row(superuser(404), body={"permissions": []}),
    ("DELETE", "/roles/{name}"): Row(superuser(404)),
    ("GET", "/audit/logs"): Row(users(403, 403, 200, 200)),
    ("GET", "/projects"): Row(anyone_signed_in(200)),
    ("POST", "/projects"): Row(anyone_signed_in(201), body={"name": "new"}),
    ("GET", "/projects/{project_id}"): Row(OWN_PROJECT),
    ("PUT", "/projects/{project_id}"): Row(OWN_PROJECT, body={"name": "renamed"}),
    ("DELETE", "/projects/{project_id}"): Row(OWN_PROJECT),
    ("POST", "/projects/{project_id}/restore"): Row(users(409, 404, 404, 409)),
    ("POST", "/projects/{project_id}/sync-variants"): Row(users(202, 404, 404, 202)),
    ("POST", "/projects/{project_id}/delete-originals"): Row(users(400, 404, 404, 400)),
    ("GET", "/projects/{project_id}/usage"): Row(OWN_PROJECT),
    ("GET", "/projects/{project_id}/keys"): Row(OWN_PROJECT),
    ("POST", "/projects/{project_id}/keys"): Row(users(201, 404, 404, 201), body={"name": "new"}),
    ("PATCH", "/projects/{project_id}/keys/{key_id}"): Row(OWN_PROJECT, body={"is_active": False}),
    ("DELETE", "/projects/{project_id}/keys/{key_id}"): Row(OWN_PROJECT),
    ("POST", "/upload/file"): Row(UPLOAD, form=True, query="?project_id={project_id}"),
    ("POST", "/upload/image"): Row(UPLOAD, form=True, query="?project_id={project_id}"),
    ("GET", "/files"): Row({**anyone_signed_in(200), "key": 200, "foreign_key": 200, "reading_key": 200}),
    ("GET", "/files/{file_id}"): Row(OWN_FILE),
    ("DELETE", "/files/{file_id}"): Row(UPLOAD),
    ("POST", "/files/batch-delete"): Row(
        {**UPLOAD, "stranger": 200, "admin": 200, "foreign_key": 200}, body={"ids": ["{file_id}"]}
    ),
    ("GET", "/files/{file_id}/timeline"): Row(OWN_FILE),
    ("POST", "/files/{file_id}/links"): Row(
        {**OWN_FILE, "owner": 201, "su": 201, "key": 201, "reading_key": 201}, body={}
    ),
    ("GET", "/files/{file_id}/content"): Row(OWN_FILE),
    ("POST", "/uploads/presign"): Row(
        users(201, 404, 404, 201),
        body={"filename": "a.png", "content_type": "image/png", "size": 1, "project_id": "{project_id}"},
    ),
    ("POST", "/uploads/complete"): Row(users(422, 404, 404, 404), body={"upload_id": "{upload_id}"}),
    ("PUT", "/uploads/{upload_id}/content"): Row(everybody(403), query="?expires=4000000000&signature=forged"),
    ("GET", "/assets"): Row(OWN_PROJECT, query="?project_id={project_id}"),
    ("GET", "/assets/{asset_id}"): Row(OWN_PROJECT),
    ("DELETE", "/assets/{asset_id}"): Row(OWN_PROJECT),
    ("GET", "/media"): Row({**anyone_signed_in(200), "key": 200, "foreign_key": 200, "reading_key": 200}),
    ("GET", "/media/{media_id}"): Row(OWN_FILE),
    ("POST", "/media/refresh"): Row(
        {**UPLOAD, "owner": 202, "su": 202, "key": 202, "writing_key": 202}, body={"media_id": "{media_id}"}
    ),
    ("GET", "/jobs"): Row({**everybody(403), NOBODY: 401, "key": 200, "foreign_key": 200, "reading_key": 200}),
    ("GET", "/admin/jobs"): Row(users(403, 403, 200, 200), query="?project_id={project_id}"),
    ("GET", "/jobs/stats"): Row(users(403, 403, 200, 200)),
    ("GET", "/jobs/{job_id}"): Row(FOREIGN_JOB),
    ("DELETE", "/jobs/{job_id}"): Row(FOREIGN_JOB),
    ("POST", "/jobs/{job_id}/retry"): Row(FOREIGN_JOB),
    ("POST", "/jobs/{job_id}/cancel"): Row(users(403, 403, 404, 409)),
    ("GET", "/admin/jobs/events"): Row(users(403, 403, 200, 200)),
    ("GET", "/projects/{project_id}/events"): Row(OWN_PROJECT),
    ("GET", "/entity/"): Row(everybody(200)),
    ("GET", "/entity"): Row(everybody(200)),
    ("POST", "/entity/"): NEW_ENTITY,
    ("POST", "/entity"): NEW_ENTITY,
    ("GET", "/entity/{entity_id}"): Row(everybody(200)),
    ("PUT", "/entity/{entity_id}"): Row({**CURATING, "admin": 400, "su": 400}, form=True),
    ("PATCH", "/entity/{entity_id}"): Row(CURATING, body={"body": {"label": "renamed"}}),
    ("DELETE", "/entity/{entity_id}"): Row(CURATING),
    ("GET", "/entity/{entity_id}/versions"): Row(everybody(200)),
    ("GET", "/entity/{entity_id}/file"): Row(everybody(404)),
    ("GET", "/blobs/{key:path}"): Row(everybody(404)),
    ("GET", "/health"): Row(everybody(200)),
    ("GET", "/health/ready"): Row(everybody(200)),
    ("GET", "/health/database"): Row(everybody(200)),
    ("GET", "/health/blobs"): Row(everybody(200)),
    ("GET", "/health/redis"): Row(everybody(200)),
    ("GET", "/metrics"): Row(everybody(200)),
    ("GET", "/"): Row(everybody(200)),
    ("GET", "/console/{name}"): Row(everybody(404)),
}


@pytest.fixture(scope="module")
async def here() -> AsyncIterator[World]:
    """One for all: what a request changes is undone before the next caller."""
    async with world() as made:
        yield made


async def test_every_route_has_its_row(here: World) -> None:
    assert {(op.method, op.path) for op in here.ops} == set(MATRIX)


@pytest.mark.slow
async def test_who_gets_what(here: World) -> None:
    with every_row() as table:
        for (method, path), row in MATRIX.items():
            with table.row(method, path):
                told = {}
                for caller in CALLERS:
                    with here.undone():
                        told[caller] = (await ask(here, method, path, row, caller, here.ids)).status_code
                assert told == dict(row.statuses)


OF_SOMEBODY = {
    key: row for key, row in MATRIX.items() if ("{" in key[1] or "{" in row.query) and "/entity" not in key[1]
}
"""Routes to what somebody owns; the library's entities are everybody's."""


@pytest.mark.slow
async def test_what_is_foreign_looks_like_what_does_not_exist(here: World) -> None:
    with every_row() as table:
        for (method, path), row in OF_SOMEBODY.items():
            for caller in CALLERS:
                with table.row(method, path, caller), here.undone():
                    foreign = await ask(here, method, path, row, caller, here.ids)
                    if foreign.status_code != 404:
                        continue
                    absent = await ask(here, method, path, row, caller, {**here.ids, **nowhere()})
                    assert (foreign.status_code, anonymised(foreign)) == (absent.status_code, anonymised(absent))
                    assert sorted(foreign.headers) == sorted(absent.headers)


@pytest.mark.slow
async def test_a_bad_credential_never_gets_further_than_none(here: World) -> None:
    with every_row() as table:
        for (method, path), row in MATRIX.items():
            with here.undone():
                nobody = (await ask(here, method, path, row, NOBODY, here.ids)).status_code
            for header in (
                {"Authorization": "Bearer nonsense"},
                {"X-Api-Key": "dk_nonsense"},
                {"Authorization": "Basic eA=="},
            ):
                with table.row(method, path, header), here.undone():
                    here.headers["liar"] = header
                    assert (await ask(here, method, path, row, "liar", here.ids)).status_code in {nobody, 401}


async def ask(here: World, method: str, path: str, row: Row, caller: str, ids: Mapping[str, str]) -> httpx2.Response:
    url = re.sub(r"{(\w+)(:path)?}", lambda part: ids.get(part[1], "nothing"), path) + row.query.format(**ids)
    headers = {**here.headers[caller], **row.headers}
    if row.form:
        files = {row.part: ("a.png", png(), "image/png")}
        return await here.client.request(method, url, headers=headers, data=dict(row.fields), files=files)
    content = None if row.body is None else re.sub(r'"{(\w+)}"', lambda part: f'"{ids[part[1]]}"', json.dumps(row.body))
    if content is not None:
        headers["content-type"] = "application/json"
    return await here.client.request(method, url, headers=headers, content=content)


def nowhere() -> dict[str, str]:
    named = ("project_id", "key_id", "file_id", "media_id", "asset_id", "upload_id", "job_id", "user_id", "session_id")
    return {**{name: str(uuid4()) for name in named}, "entity_id": "999"}


def anonymised(answer: httpx2.Response) -> dict[str, object]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def png() -> bytes:
    """The smallest picture there is."""
    return bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
