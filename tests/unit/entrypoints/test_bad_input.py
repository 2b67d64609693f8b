"""What clients get wrong, at every door: each mistake has its status and its code, and leaves nothing behind."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from entrypoints.http.openapi import Document
from tests.tables import every_row
from tests.unit.entrypoints.http.shelf import Shelf
from tests.unit.entrypoints.test_access_matrix import png
from tests.unit.entrypoints.world import World, world

pytestmark = pytest.mark.anyio

NOWHERE = str(UUID(int=7))
WORDS = b"words, which are neither picture nor film nor sound"


@dataclass(frozen=True)
class Wrong:
    """A request with one mistake; `{names}` are ids of the world."""

    name: str
    status: int
    code: str
    by: str = "owner"
    more: Mapping[str, Any] = field(default_factory=dict)


def form(part: str, body: bytes, **fields: str) -> dict[str, Any]:
    return {"files": {part: ("a.png", body, "image/png")}, "data": fields}


def text(body: bytes | str, kind: str = "application/json") -> dict[str, Any]:
    return {"content": body, "headers": {"content-type": kind}}


ABSENT = {
    "file_not_found": (
        "GET /files/{}", "DELETE /files/{}", "GET /files/{}/content", "GET /files/{}/timeline", "POST /files/{}/links",
        "GET /media/{}",
    ),
    "asset_not_found": ("GET /assets/{}", "DELETE /assets/{}"),
    "project_not_found": (
        "GET /projects/{}", "PUT /projects/{}", "DELETE /projects/{}", "GET /projects/{}/keys",
        "GET /projects/{}/usage", "POST /projects/{}/sync-variants", "GET /projects/{}/events",
    ),
    "job_not_found": ("GET /jobs/{}", "POST /jobs/{}/retry", "POST /jobs/{}/cancel", "DELETE /jobs/{}"),
    "user_not_found": ("GET /users/{}", "PATCH /users/{}", "DELETE /users/{}"),
    "session_not_found": ("DELETE /sessions/{}",),
}  # fmt: skip
UNKNOWN_IDS = [
    Wrong(f"{name.format(absent)}", 404, code, "su", {} if name.startswith("GET") else {"json": {}})
    for code, names in ABSENT.items()
    for name in names
    for absent in (NOWHERE, "1", "0" * 300)
] + [
    Wrong(f"GET /entity/{absent}{what}", 404, "entity_not_found", "admin")
    for absent in ("999", "0", "-1", "nonsense", str(2**64), NOWHERE)
    for what in ("", "/versions", "/file")
] + [
    Wrong("GET /entity/{entity_id}?version=99", 404, "entity_version_not_found"),
    Wrong("POST /uploads/complete", 404, "upload_not_found", more={"json": {"upload_id": NOWHERE}}),
    Wrong("POST /uploads/complete", 404, "upload_not_found", more={"json": {"object_key": "incoming/a/b"}}),
    Wrong("POST /media/refresh", 404, "file_not_found", more={"json": {"media_id": NOWHERE}}),
    Wrong("POST /media/refresh", 404, "file_not_found", more={"json": {"s3_key": "nothing.mp4"}}),
]  # fmt: skip
BAD_CURSORS = [
    Wrong(f"GET {path}?cursor={cursor}", 422, "cursor_invalid")
    for path in ("/files", "/assets")
    for cursor in ("nonsense", "eyJhIjoxfQ", "%F0%9F%98%80", "a.b", "A" * 200)
]
FOREIGN = [
    Wrong(name, 404, code, "stranger", {"json": body} if body else {})
    for name, code, body in (
        ("GET /assets/{asset_id}", "asset_not_found", None),
        ("DELETE /assets/{asset_id}", "asset_not_found", None),
        ("GET /assets?project_id={project_id}", "project_not_found", None),
        ("GET /files/{file_id}", "file_not_found", None),
        ("GET /media/{media_id}", "file_not_found", None),
        ("POST /media/refresh", "file_not_found", {"media_id": "{media_id}"}),
        ("POST /uploads/complete", "upload_not_found", {"upload_id": "{upload_id}"}),
    )
]
PARENTS = [
    Wrong("PATCH /entity/{entity_id}", 422, "wrong_parent", "admin", text(f'{{"body": {{"parent_id": {parent}}}}}'))
    for parent in ("{entity_id}", "{inner_id}", "{innermost_id}", "999")
] + [
    Wrong("PUT /entity/{entity_id}", 422, "wrong_parent", "admin", {"data": {"label": "x", "parent_id": "{inner_id}"}}),
    Wrong(
        "POST /entity/", 422, "wrong_parent", "admin", {"data": {"label": "x", "is_collection": "1", "parent_id": "9"}}
    ),
]
JSON_DOORS = (
    "POST /auth/register", "POST /auth/login", "POST /auth/refresh", "POST /auth/logout", "POST /auth/password",
    "POST /auth/code", "POST /auth/totp/confirm", "DELETE /auth/totp",
    "POST /auth/oauth/authorize", "POST /auth/oauth/callback", "POST /users", "PATCH /users/{user_id}", "POST /roles",
    "PUT /roles/{name}",
    "POST /projects", "PUT /projects/{project_id}", "POST /projects/{project_id}/keys",
    "PATCH /projects/{project_id}/keys/{key_id}", "POST /files/batch-delete", "POST /files/{file_id}/links",
    "POST /uploads/presign", "POST /uploads/complete", "POST /media/refresh", "PATCH /entity/{entity_id}",
)  # fmt: skip
MALFORMED = [
    Wrong(name, status, code, "su", text(body, kind))
    for name in JSON_DOORS
    for body, kind, status, code in (
        (b"{", "application/json", 400, "malformed_json"),
        (b"\xff\xfe", "application/json", 400, "malformed_json"),
        (b'{"a": NaN}', "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 422, "validation_failed"),
        (b"a=b", "text/plain", 415, "unsupported_media_type"),
    )
]
FORMS = (("POST /upload/image", "file", "key"), ("POST /upload/file", "file", "key"), ("POST /entity/", "image", "su"))
PARTS = [
    Wrong(name, status, code, by, form("picture", png(), label="x"))
    for name, _, by in FORMS
    for status, code in ([(400, "image_missing")] if "entity" in name else [(422, "file_part_missing")])
] + [
    Wrong(name, 400, "malformed_multipart", by, text(b"x", "multipart/form-data")) for name, _, by in FORMS
] + [
    Wrong(name, 415, "unsupported_media_type", by, {"json": {"file": "x"}}) for name, _, by in FORMS
]  # fmt: skip
EMPTY = [Wrong(name, 400, "empty_file", by, form(part, b"", label="x")) for name, part, by in FORMS] + [
    Wrong(
        "POST /uploads/presign", 422, "validation_failed",
        more={"json": {"filename": "a.png", "content_type": "image/png", "size": 0}},
    )
]  # fmt: skip
NO_MEDIA = [
    Wrong("POST /upload/image", 415, "type_not_allowed", "key", form("file", body))
    for body in (WORDS, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7\n", b"\x00" * 100)
] + [Wrong("POST /entity/", 415, "not_media", "su", form("image", body, label="x")) for body in (WORDS, b"%PDF-1.7\n")]
ROWS = [
    (kind, row)
    for kind, rows in {
        "unknown id": UNKNOWN_IDS, "bad cursor": BAD_CURSORS, "foreign": FOREIGN, "cyclic parent": PARENTS,
        "malformed JSON": MALFORMED, "wrong parts": PARTS, "0-byte file": EMPTY, "no media": NO_MEDIA,
    }.items()
    for row in rows
]  # fmt: skip


@pytest.fixture(scope="module")
async def here() -> Any:
    """One for all, as nothing comes of any of them."""
    async with world() as made:
        shelf = Shelf(made)
        parent = made.ids["entity_id"]
        for name in ("inner_id", "innermost_id"):
            made.ids[name] = parent = str((await shelf.collection(parent_id=parent))["id"])
        made.ids["name"] = "user"
        yield made


async def test_it_is_told_so_and_nothing_comes_of_it(here: World) -> None:
    shelf = Shelf(here)
    with every_row() as table:
        for kind, row in ROWS:
            with table.row(kind, row.name[:60]), here.undone():
                before = await shelf.state()
                answer = await ask(here, row)
                told = answer.json()
                assert (answer.status_code, told["code"]) == (row.status, row.code), answer.text
                assert answer.headers["content-type"] == "application/problem+json"
                assert told["error"] == told["detail"]
                assert await shelf.state() == before


async def test_every_json_body_is_among_them(here: World) -> None:
    assert {f"{op.method} {op.path}" for op in here.ops if "body" in op.parts} == set(JSON_DOORS)


@pytest.mark.slow
async def test_the_document_names_it(written: dict[str, Any], here: World) -> None:
    with every_row() as table:
        for kind, row in ROWS:
            with table.row(kind, row.name[:60]):
                method, _, path = filled(row.name.partition("?")[0], here).partition(" ")
                fits = (
                    each for each in sorted(written, key=lambda each: "{" in each) if re.fullmatch(pattern(each), path)
                )
                named = written[next(fits)][method.lower()]["responses"][str(row.status)]["description"]
                assert f"`{row.code}`" in named


def pattern(path: str) -> str:
    return re.sub(r"{\w+}", "[^/]+", path)


@pytest.fixture(scope="module")
async def written(here: World) -> Any:
    return Document(here.room.doors().every(), "Darkroom", "1").write()["paths"]


async def test_what_is_announced_as_a_picture_and_is_none(here: World) -> None:
    """The bytes are not what was announced: nothing is kept of them."""
    announced = {"filename": "a.png", "content_type": "image/png", "size": len(WORDS)}
    upload = (await here.client.post("/uploads/presign", json=announced, headers=here.headers["owner"])).json()
    sent = await here.client.put(upload["upload_url"], content=WORDS, headers=upload["headers"])
    assert sent.status_code == 200
    row = Wrong("POST /uploads/complete", 422, "upload_mismatch", more={"json": {"upload_id": upload["upload_id"]}})
    answer = await ask(here, row)
    assert (answer.status_code, answer.json()["code"]) == (422, "upload_mismatch")
    assert upload["object_key"] not in await Shelf(here).blobs()


async def ask(here: World, row: Wrong) -> Any:
    method, _, path = row.name.partition(" ")
    more = filled(dict(row.more), here)
    headers = {**here.headers[row.by], **more.pop("headers", {})}
    return await here.client.request(method, filled(path, here), headers=headers, **more)


def filled(told: Any, here: World) -> Any:
    """With the ids in their places; alone, they are what they are."""
    if isinstance(told, dict):
        return {name: filled(value, here) for name, value in told.items()}
    if not isinstance(told, str):
        return told
    return re.sub(r"{(\w+)}", lambda name: here.ids[name[1]], told)
