"""The endpoint lists of the four documents hold: in the OpenAPI document, and in what the application answers."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import pytest

from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.openapi import Document
from tests.tables import every_row
from tests.unit.entrypoints.seed_documents import DOCUMENTS, SIGN_IN, Row
from tests.unit.entrypoints.test_access_matrix import png
from tests.unit.entrypoints.world import World, world

pytestmark = pytest.mark.anyio

Json = dict[str, Any]
ROWS = [(document, name, row) for document, rows in DOCUMENTS.items() for name, row in rows.items()]
PAGES = {"GET /swagger-ui", "GET /docs"}
"""They describe the others, and are not described."""


def as_written(path: str) -> str:
    return re.sub(r"{\w+}", "{}", path)


@pytest.fixture(scope="module")
async def here() -> AsyncIterator[World]:
    """One for all: what a request changes is undone before the next one."""
    async with world() as made:
        await prepare(made)
        with_pages(made)
        yield made


@pytest.mark.slow
async def test_it_answers_as_the_document_says(here: World) -> None:
    with every_row() as table:
        for document, name, row in ROWS:
            with table.row(document, name), here.undone():
                answer = await ask(here, name, row)
                assert answer.status_code == row.status, answer.text
                if answer.is_success:
                    for field in row.answer.split():
                        assert list(found(answer.json(), field.split("."))), f"{field} is not in {answer.text}"


@pytest.mark.slow
def test_and_it_is_told_of(written: Json) -> None:
    with every_row() as table:
        for document, name, row in ROWS:
            if name not in PAGES:
                with table.row(document, name):
                    require_told(written, name, row)


def require_told(written: Json, name: str, row: Row) -> None:
    method, _, path = name.partition(" ")
    told = {as_written(each): operations for each, operations in written["paths"].items()}
    operation = told[as_written(path)][method.lower()]

    assert dict(parse_qsl(row.query)).keys() <= {each["name"] for each in operation.get("parameters", ())}
    if sent := sent_fields(row):
        (content, *_) = operation["requestBody"]["content"].values()
        for field in sent:
            assert list(declared(written, content["schema"], field.split("."))), f"{field} is not in the request"
    done = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    for field in row.answer.split():
        schema = done["content"]["application/json"]["schema"]
        assert list(declared(written, schema, field.split("."))), f"{field} is not in the answer"


@pytest.fixture(scope="module")
def written(here: World) -> Json:
    return Document(here.room.doors().every(), "Darkroom", "1").write()


async def prepare(here: World) -> None:
    """Somebody with a password who is signed in, and an upload that was sent and waits to be completed."""
    account = {"email": "riz@example.com", **SIGN_IN}
    assert (await here.client.post("/auth/register", json=account)).status_code == 201
    here.ids |= (await here.client.post("/auth/login", json=SIGN_IN)).json()
    announced = {"filename": "cat.png", "content_type": "image/png", "size": len(png())}
    upload = (await here.client.post("/uploads/presign", json=announced, headers=here.headers["owner"])).json()
    here.ids["object_key"] = upload["object_key"]
    sent = await here.client.put(upload["upload_url"], content=png(), headers=upload["headers"])
    assert sent.status_code == 200, sent.text


def with_pages(here: World) -> None:
    """From now on, the pages that describe the rest are served as well."""
    doors = here.room.doors()
    app = create_app(
        doors.every(), edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=doors.authenticator()
    )
    here.client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://darkroom.test")


async def ask(here: World, name: str, row: Row) -> Any:
    method, _, path = name.partition(" ")
    template = next((op.path for op in here.ops if as_written(op.path) == as_written(path)), path)
    url = f"{template}?{row.query}" if row.query else template
    more: Json = {"headers": here.headers[row.by]}
    if row.body is not None:
        more["json"] = json.loads(filled(json.dumps(row.body), here))
    if row.form is not None or row.part is not None:
        more["data"] = {field: filled(value, here) for field, value in (row.form or {}).items()}
    if row.part is not None:
        more["files"] = {row.part: ("cat.png", png(), "image/png")}
    return await here.client.request(method, filled(url, here), **more)


def filled(text: str, here: World) -> str:
    return re.sub(r"{(\w+)}", lambda name: here.ids[name[1]], text)


def sent_fields(row: Row) -> list[str]:
    """What the request carries, one level into the body of a body."""
    body = row.body if isinstance(row.body, dict) else {}
    nested = [f"body.{field}" for field in body.get("body", ())]
    return [*body, *nested, *(row.form or ()), *([row.part] if row.part else [])]


def found(told: Any, where: list[str]) -> Iterator[Any]:
    """What is there, under these names."""
    if not where:
        yield told
    elif where[0] == "*":
        for entry in told.values() if isinstance(told, dict) else told:
            yield from found(entry, where[1:])
    elif where[0] in told:
        yield from found(told[where[0]], where[1:])


def declared(document: Json, schema: Json, where: list[str]) -> Iterator[Json]:
    """What is said of it there."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if not where:
        yield schema
        return
    inside = (
        [schema.get("items"), schema.get("additionalProperties")]
        if where[0] == "*"
        else [schema.get("properties", {}).get(where[0])]
    )
    for each in inside:
        if isinstance(each, dict):
            yield from declared(document, each, where[1:])
    for each in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from declared(document, each, where)
