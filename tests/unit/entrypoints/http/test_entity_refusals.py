"""What the library refuses, each with its status, and that nothing is left behind."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.tables import over_rows
from tests.unit.contracts.drawn import png_claiming
from tests.unit.entrypoints.http.shelf import Shelf, picture
from tests.unit.entrypoints.world import world

pytestmark = pytest.mark.anyio

HUGE = 2**63
LONG = "x" * 501


@pytest.fixture(scope="module")
async def shelf() -> AsyncIterator[Shelf]:
    async with world() as here:
        shelf = Shelf(here)
        await shelf.collection("made first, so that the library is there")
        yield shelf


def named(answer: Any) -> list[str]:
    return [each["field"] for each in answer.json().get("errors", [])]


@over_rows(
    ("fields", "image", "status", "code"),
    [
        ({}, True, 422, "validation_failed"),
        ({}, False, 422, "validation_failed"),
        ({"label": ""}, True, 422, "validation_failed"),
        ({"label": LONG}, True, 422, "validation_failed"),
        ({"label": "x"}, False, 400, "image_missing"),
        ({"label": "x", "is_collection": "false"}, False, 400, "image_missing"),
        ({"label": "x", "is_collection": "true"}, True, 400, "image_unwanted"),
        ({"label": "x", "is_collection": "perhaps"}, True, 422, "validation_failed"),
        ({"label": "x", "parent_id": "first"}, True, 422, "validation_failed"),
        ({"label": "x", "parent_id": str(HUGE)}, True, 422, "validation_failed"),
        ({"label": "x", "parent_id": str(HUGE - 1)}, True, 422, "wrong_parent"),
        ({"label": "x", "parent_id": "0"}, True, 422, "validation_failed"),
    ],
)
async def test_forms_that_make_nothing(
    shelf: Shelf, fields: dict[str, str], image: bool, status: int, code: str
) -> None:
    before = await shelf.state()
    answer = await shelf.post(picture() if image else None, **fields)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await shelf.state() == before


async def test_every_field_that_is_wrong_is_named(shelf: Shelf) -> None:
    answer = await shelf.post(picture(), is_collection="perhaps", parent_id="first")
    assert named(answer) == ["label", "is_collection", "parent_id"]


@over_rows(
    ("body", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"just text", 415, "not_media"),
        (b"%PDF-1.4\n%%EOF", 415, "not_media"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not_media"),
        (b"BM" + bytes(60), 415, "not_media"),
        (b"\x89PNG\r\n\x1a\n and nothing else", 422, "unreadable_image"),
    ],
)
async def test_files_that_are_none(shelf: Shelf, body: bytes, status: int, code: str) -> None:
    there = await shelf.made()
    before = await shelf.state()
    for answer in (await shelf.post(body, label="x"), await shelf.put(there["id"], body, label="x")):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await shelf.state() == before


async def test_a_bomb_is_refused(shelf: Shelf) -> None:
    before = await shelf.state()
    assert (await shelf.post(png_claiming(60_000, 60_000), label="x")).status_code == 422
    assert await shelf.state() == before


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ([("file", "a.png")], 400),
        ([("image", None)], 422),
        ([("image", "a.png"), ("image", "b.png")], 422),
        ([("image", "a.png"), ("more", "b.png")], 422),
    ],
)
async def test_wrong_parts(shelf: Shelf, parts: list[tuple[str, str | None]], status: int) -> None:
    before = await shelf.state()
    files = [(name, (filename, picture())) for name, filename in parts if filename]
    texts = {name: "no file" for name, filename in parts if filename is None}
    if texts:
        answer = await shelf.ask("POST", "/entity/", files={"label": (None, "x"), "image": (None, "no file")})
    else:
        answer = await shelf.ask("POST", "/entity/", data={"label": "x"}, files=files)
    assert answer.status_code == status, answer.text
    assert await shelf.state() == before


async def test_an_empty_choice_of_a_browser_is_no_file(shelf: Shelf) -> None:
    head = '--B\r\nContent-Disposition: form-data; name="image"; filename=""\r\n\r\n\r\n'
    label = '--B\r\nContent-Disposition: form-data; name="label"\r\n\r\nx\r\n'
    told = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = await shelf.ask("POST", "/entity/", told, content=f"{head}{label}--B--\r\n".encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "image_missing")
    there = await shelf.made()
    answer = await shelf.ask("PUT", f"/entity/{there['id']}", told, content=f"{head}{label}--B--\r\n".encode())
    assert (answer.status_code, answer.json()["md5"]) == (200, there["md5"])


@over_rows(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"label":"x","is_collection":true}', 415),
        ("multipart/form-data", b"x", 400),
        ("multipart/form-data; boundary=B", b"--B\r\nhalf of it", 400),
        ("multipart/form-data; boundary=B", b'--B\r\nContent-Disposition: form-data; name="label"\r\n\r\nx\r\n', 400),
        ("application/x-www-form-urlencoded", b"label=a&label=b&is_collection=true", 422),
        ("application/x-www-form-urlencoded", b"label=%ff&is_collection=true", 400),
    ],
)
async def test_bodies_that_are_no_form(shelf: Shelf, kind: str, body: bytes, status: int) -> None:
    before = await shelf.state()
    answer = await shelf.ask("POST", "/entity/", {"Content-Type": kind}, content=body)
    assert answer.status_code == status, answer.text
    assert await shelf.state() == before


async def test_a_form_cut_short_leaves_nothing(shelf: Shelf) -> None:
    before = await shelf.state()
    head = b'--B\r\nContent-Disposition: form-data; name="label"\r\n\r\nx\r\n'
    image = b'--B\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n' + picture()
    told = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = await shelf.ask("POST", "/entity/", told, content=head + image)
    assert answer.status_code == 400
    assert await shelf.state() == before


@over_rows("path", ["999999", str(HUGE), "0", "-1", "x", "1.5"])
async def test_ids_that_lead_nowhere(shelf: Shelf, path: str) -> None:
    for method, more in (("GET", ""), ("DELETE", ""), ("GET", "/versions"), ("GET", "/file"), ("GET", "?version=1")):
        answer = await shelf.ask(method, f"/entity/{path}{more}")
        assert (answer.status_code, answer.json()["code"]) == (404, "entity_not_found"), answer.text
    assert (await shelf.ask("PUT", f"/entity/{path}", data={"label": "x"})).status_code == 404
    assert (await shelf.ask("PATCH", f"/entity/{path}", json={"body": {}})).status_code == 404


@over_rows(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"label":"x"}', 422),
        (b'{"body":null}', 422),
        (b'{"body":{"label":null}}', 422),
        (b'{"body":{"label":""}}', 422),
        (b'{"body":{"label":7}}', 422),
        (b'{"body":{"parent_id":"1"}}', 422),
        (b'{"body":{"parent_id":1.5}}', 422),
        (b'{"body":{"parent_id":9223372036854775808}}', 422),
        (b'{"body":{"parent_id":999999}}', 422),
        (b'{"body":{"is_deleted":"yes"}}', 422),
        (b'{"body":{"is_deleted":null}}', 422),
        (b'{"body":{"is_collection":true}}', 400),
        (b'{"body":{"label":"a\\u0000b"}}', 422),
        (b'{"body":{"label":"\\ud800"}}', 422),
        (b'{"body":' * 9000, 400),
    ],
)
async def test_patches_that_change_nothing(shelf: Shelf, body: bytes, status: int) -> None:
    there = await shelf.made()
    answer = await shelf.ask("PATCH", f"/entity/{there['id']}", {"Content-Type": "application/json"}, content=body)
    assert answer.status_code in {status, 400 if b"ud800" in body else status}, answer.text
    assert await shelf.get(f"/entity/{there['id']}") == there
    assert len(await shelf.get(f"/entity/{there['id']}/versions")) == 1


async def test_what_is_no_change_makes_no_version(shelf: Shelf) -> None:
    there = await shelf.made("same", description="too")
    same = {name: there[name] for name in ("label", "description", "parent_id", "is_deleted", "is_collection")}
    for body in ({}, same, {"unheard_of": 1}):
        assert (await shelf.patch(there["id"], **body)).json() == there
    assert (await shelf.put(there["id"], label="same", description="too")).json() == there
    assert len(await shelf.get(f"/entity/{there['id']}/versions")) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"label": ""}, 422),
        ({"label": "x", "is_collection": "true"}, 400),
        ({"label": "x", "is_collection": "maybe"}, 422),
        ({"label": "x", "parent_id": "999999"}, 422),
    ],
)
async def test_forms_that_replace_nothing(shelf: Shelf, fields: dict[str, str], status: int) -> None:
    there = await shelf.made()
    before = await shelf.state()
    for image in (None, picture()):
        answer = await shelf.put(there["id"], image, **fields)
        assert answer.status_code == status, answer.text
    assert await shelf.state() == before
    shelf_of_its_own = await shelf.collection()
    answer = await shelf.put(shelf_of_its_own["id"], picture(), label="x")
    assert (answer.status_code, answer.json()["code"]) == (400, "image_unwanted")
    answer = await shelf.patch(shelf_of_its_own["id"], is_collection=False)
    assert (answer.status_code, answer.json()["code"]) == (400, "is_collection_immutable")


async def test_nothing_lies_in_itself_nor_in_what_is_no_open_collection(shelf: Shelf) -> None:
    outer = await shelf.collection()
    inner = await shelf.collection(parent_id=str(outer["id"]))
    low = await shelf.collection(parent_id=str(inner["id"]))
    book = await shelf.made()
    binned = await shelf.collection()
    await shelf.patch(binned["id"], is_deleted=True)
    for child, parent in ((outer, outer), (outer, inner), (outer, low), (inner, book), (book, book), (low, binned)):
        for answer in (
            await shelf.patch(child["id"], parent_id=parent["id"]),
            await shelf.put(child["id"], label="x", parent_id=str(parent["id"])),
        ):
            assert (answer.status_code, answer.json()["code"]) == (422, "wrong_parent")
            assert named(answer) == ["parent_id"]
    await shelf.patch(outer["id"], is_deleted=True)
    assert (await shelf.patch(inner["id"], label="may stay in what was deleted since")).status_code == 200


@over_rows(
    "query",
    [
        "page=0", "page=x", "page_size=0", "page_size=101", "version=0", "version=x", f"version={HUGE}",
        "filter_param=colour=red", "filter_param=type", "filter_param=type=file", "filter_param=type=",
        "filter_param=is_deleted=perhaps", "filter_param=parent_id=x", f"filter_param=parent_id={HUGE}",
        "filter_param=type=image,type=image", "filter_param=mime_type=", "filter_param=%00", "search_query=%00",
        "include_deleted=perhaps", f"search_query={LONG}", f"filter_param={LONG}{LONG}",
    ],
)  # fmt: skip
async def test_lists_that_cannot_be_asked_for(shelf: Shelf, query: str) -> None:
    answer = await shelf.ask("GET", f"/entity/?{query}")
    assert answer.status_code == 422, answer.text


async def test_odd_text_is_kept_as_it_is(shelf: Shelf) -> None:
    label = "'; DROP TABLE entities; -- \N{FOX FACE} \u202e <script>"
    made = await shelf.collection(label)
    assert made["label"] == label
    assert (await shelf.get(f"/entity/{made['id']}"))["label"] == label
    assert json.loads((await shelf.patch(made["id"], description=label)).content)["description"] == label
