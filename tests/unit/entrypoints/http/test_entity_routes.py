"""The library over the whole application: what its document says, step by step."""

import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image

from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.domain.places.told import PLACE_WORDS, telling
from tests.unit.entrypoints.http.shelf import Shelf, picture
from tests.unit.entrypoints.world import world

pytestmark = pytest.mark.anyio

# What the document shows of an entity, and what our contract adds.
FIELDS = {
    "id", "is_collection", "label", "description", "parent_id", "added_date", "updated_date", "create_date",
    "file_size", "height", "width", "duration", "mime_type", "type", "extension", "md5", "file_path", "is_deleted",
}  # fmt: skip
ADDED = {"added_by", "updated_by"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture(scope="module")
async def shelf() -> AsyncIterator[Shelf]:
    """One for all: whatever a test keeps, the next one does not mind."""
    async with world() as here:
        yield Shelf(here)


def photo(**exif_tags: Any) -> bytes:
    exif = Image.Exif()
    exif[0x010F] = f"Camera {hashlib.sha256(str(exif_tags).encode()).hexdigest()}"
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2023:01:01 12:00:00"
    return encoded(quarters((300, 400)), "image/jpeg", exif=exif)


async def test_every_path_and_field_of_the_document_is_there(shelf: Shelf) -> None:
    documented = {
        ("GET", "/entity/"), ("POST", "/entity/"), ("GET", "/entity/{entity_id}"), ("PUT", "/entity/{entity_id}"),
        ("PATCH", "/entity/{entity_id}"), ("DELETE", "/entity/{entity_id}"), ("GET", "/entity/{entity_id}/versions"),
    }  # fmt: skip
    assert documented <= {(op.method, op.path) for op in shelf.here.ops}
    made = await shelf.made()
    listed = await shelf.get("/entity/?page=1&page_size=20&search_query=thing&filter_param=type%3Dimage&version=1")
    assert set(listed) == {"items", "pagination"}
    assert set(listed["pagination"]) == {
        "page", "page_size", "total_items", "total_pages", "has_next", "has_prev"
    }  # fmt: skip
    (version,) = await shelf.get(f"/entity/{made['id']}/versions")
    patched = (await shelf.patch(made["id"], label="b")).json()
    replaced = (await shelf.put(made["id"], label="c")).json()
    for item in (made, listed["items"][-1], await shelf.get(f"/entity/{made['id']}"), patched, replaced):
        assert set(item) == FIELDS | ADDED
    assert set(version) == FIELDS | ADDED | {"version", "transaction_id"}


async def test_an_entity_is_made_of_a_picture(shelf: Shelf) -> None:
    body = photo(made=1)
    made = await shelf.made("My Image", body, description="A test image")
    today, md5 = datetime.now(UTC), hashlib.md5(body, usedforsecurity=False).hexdigest()
    admin = str(shelf.here.users["admin"])
    assert made == {
        "id": made["id"],
        "is_collection": False,
        "label": "My Image",
        "description": "A test image",
        "parent_id": None,
        "added_date": made["added_date"],
        "updated_date": made["added_date"],
        "create_date": "2023-01-01T12:00:00Z",
        "file_size": len(body),
        "height": 300,
        "width": 400,
        "duration": None,
        "mime_type": "image/jpeg",
        "type": "image",
        "extension": "jpg",
        "md5": md5,
        "file_path": f"{today:%Y/%m/%d}/{md5}.jpg",
        "is_deleted": False,
        "added_by": admin,
        "updated_by": admin,
    }
    assert TIME.fullmatch(made["added_date"])
    assert await shelf.get(f"/entity/{made['id']}") == made
    answer = await shelf.ask("GET", f"/entity/{made['id']}/file")
    assert (answer.content, answer.headers["content-type"]) == (body, "image/jpeg")
    part = await shelf.ask("GET", f"/entity/{made['id']}/file", {"Range": "bytes=2-5"})
    assert (part.status_code, part.content) == (206, body[2:6])


async def test_a_file_is_kept_once_and_as_any_other(shelf: Shelf) -> None:
    made = await shelf.made(image=photo(kept=1))
    (entity,) = (each for each in shelf.rows.entities.values() if each.id == made["id"])
    file = shelf.rows.files[entity.file_id]
    assert file.key in await shelf.blobs()
    assert not [key for key in await shelf.blobs() if "/incoming/" in key]
    assert (file.width, file.height, file.metadata["taken_at"]) == (400, 300, "2023-01-01T12:00:00")
    (job,) = (job for job in shelf.rows.jobs.values() if job.file_id == file.id)
    assert job.kind == "ProcessImage"
    seen = (await shelf.here.client.get(f"/files/{file.id}", headers=shelf.here.headers["su"])).json()
    assert (seen["md5"], seen["status"]) == (made["md5"], "ready")
    assert (await shelf.here.client.get(f"/files/{file.id}", headers=shelf.headers)).status_code == 404
    projects = (await shelf.here.client.get("/projects?limit=100", headers=shelf.here.headers["su"])).json()["data"]
    assert [each["name"] for each in projects].count("library") == 1
    mine = (await shelf.here.client.get("/projects?limit=100", headers=shelf.headers)).json()["data"]
    assert "library" not in [each["name"] for each in mine]


async def test_the_same_picture_is_the_same_through_every_door(shelf: Shelf) -> None:
    body = photo(doors=1)
    made = await shelf.made(image=body)
    sent = {"files": {"file": ("a.png", body)}, "headers": shelf.here.headers["key"]}
    uploaded = (await shelf.here.client.post("/upload/image", **sent)).json()
    owner = shelf.here.headers["owner"]
    other = (await shelf.here.client.get(f"/files/{uploaded['id']}", headers=owner)).json()
    (entity,) = (each for each in shelf.rows.entities.values() if each.id == made["id"])
    file = (await shelf.here.client.get(f"/files/{entity.file_id}", headers=shelf.here.headers["su"])).json()
    theirs = {"id", "project_id", "url", "created_at", "updated_at"}
    assert {k: v for k, v in file.items() if k not in theirs} == {k: v for k, v in other.items() if k not in theirs}


@pytest.mark.parametrize(
    ("body", "kind", "mime_type", "extension"),
    [
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42" + bytes(64), "video", "video/mp4", "mp4"),
        (b"fLaC\x00\x00\x00\x22" + bytes(64), "audio", "audio/flac", "flac"),
    ],
)
async def test_a_recording_is_looked_into_and_told_of(
    shelf: Shelf, body: bytes, kind: str, mime_type: str, extension: str
) -> None:
    made = await shelf.made(image=body)
    assert (made["type"], made["mime_type"], made["extension"]) == (kind, mime_type, extension)
    assert (made["width"], made["duration"]) == (None, None)
    (entity,) = (each for each in shelf.rows.entities.values() if each.id == made["id"])
    assert [job.kind for job in shelf.rows.jobs.values() if job.file_id == entity.file_id] == ["ProcessMedia"]
    facts = {"width": 320, "height": 240, "duration": 1.5, "metadata": {"taken_at": "2024-02-29T23:00:00.5+02:00"}}
    shelf.rows.files[entity.file_id] = replace(shelf.rows.files[entity.file_id], **facts)
    told = await shelf.get(f"/entity/{made['id']}?version=1")
    assert (told["width"], told["height"], told["duration"]) == (320, 240, 1.5)
    assert told["create_date"] == "2024-02-29T21:00:00.500000Z"


async def test_strangers_get_no_place_and_whoever_may_write_the_very_bytes(shelf: Shelf) -> None:
    body = telling("image/jpeg")
    made = await shelf.made(image=body)
    path = f"/entity/{made['id']}/file"
    early = await shelf.here.client.get(path)
    assert (early.status_code, early.json()["code"]) == (404, "variant_not_ready")
    assert early.headers["Retry-After"]
    (file,) = [each for each in shelf.rows.files.values() if each.md5 == made["md5"]]
    await shelf.here.room.work().screen_original()(file.id)
    shown, exact = await shelf.here.client.get(path), await shelf.ask("GET", path)
    assert not any(word in shown.content for word in PLACE_WORDS)
    assert len(shown.content) == len(body)
    assert exact.content == body
    assert exact.headers["Cache-Control"].startswith("private")
    assert exact.headers["ETag"] != shown.headers["ETag"]
    assert (await shelf.get(f"/entity/{made['id']}"))["md5"] == hashlib.md5(body, usedforsecurity=False).hexdigest()
    before = await shelf.blobs()
    await shelf.ask("DELETE", f"/entity/{made['id']}")
    assert len(before - await shelf.blobs()) == 2


async def test_both_addresses_of_the_list_answer(shelf: Shelf) -> None:
    await shelf.made()
    assert await shelf.get("/entity") == await shelf.get("/entity/")
    answer = await shelf.ask("POST", "/entity", data={"label": "x"}, files={"image": ("a", picture())})
    assert answer.status_code == 201


async def test_fields_may_stand_behind_the_image_and_forms_may_be_plain(shelf: Shelf) -> None:
    head = b'--B\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n' + picture() + b"\r\n"
    tail = b'--B\r\nContent-Disposition: form-data; name="label"\r\n\r\nbehind\r\n--B--\r\n'
    told = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = await shelf.ask("POST", "/entity/", told, content=head + tail)
    assert (answer.status_code, answer.json()["label"]) == (201, "behind")
    plain = {"Content-Type": "application/x-www-form-urlencoded"}
    content = urlencode({"label": "Überblick", "is_collection": "True", "description": ""})
    answer = await shelf.ask("POST", "/entity/", plain, content=content)
    assert (answer.status_code, answer.json()["label"], answer.json()["md5"]) == (201, "Überblick", None)


async def test_a_collection_holds_others(shelf: Shelf) -> None:
    outer = await shelf.collection("outer")
    inner = await shelf.collection("inner", parent_id=str(outer["id"]))
    book = await shelf.made("book", parent_id=str(inner["id"]))
    assert (outer["type"], outer["file_path"], outer["file_size"], outer["extension"]) == (None,) * 4
    assert (inner["parent_id"], book["parent_id"]) == (outer["id"], inner["id"])
    assert await shelf.listed(f"filter_param=parent_id={outer['id']}") == [inner["id"]]
    moved = await shelf.patch(book["id"], parent_id=outer["id"])
    assert moved.json()["parent_id"] == outer["id"]
    assert (await shelf.patch(book["id"], parent_id=None)).json()["parent_id"] is None
    assert (await shelf.ask("GET", f"/entity/{outer['id']}/file")).status_code == 404


async def test_versions_begin_at_one_and_remember_everything(shelf: Shelf) -> None:
    first, second = photo(version=1), picture()
    made = await shelf.made("one", first, description="first")
    at = f"/entity/{made['id']}"
    assert (await shelf.patch(made["id"], label="two")).json()["label"] == "two"
    assert (await shelf.patch(made["id"], label="two")).status_code == 200
    replaced = (await shelf.put(made["id"], second, label="three")).json()
    assert (replaced["description"], replaced["mime_type"], replaced["create_date"]) == (None, "image/png", None)
    deleted = (await shelf.patch(made["id"], is_deleted=True)).json()
    versions = await shelf.get(f"{at}/versions")
    assert [each["version"] for each in versions] == [1, 2, 3, 4]
    assert [each["label"] for each in versions] == ["one", "two", "three", "three"]
    assert [each["is_deleted"] for each in versions] == [False, False, False, True]
    numbers = [each["transaction_id"] for each in versions]
    assert numbers == sorted(set(numbers))
    past = [{name: each[name] for name in made} for each in versions]
    assert (past[0], past[2], past[3]) == (made, replaced, deleted)
    assert [await shelf.get(f"{at}?version={n}") for n in (1, 2, 3, 4)] == past
    assert await shelf.get(at) == deleted
    for version, body in ((1, first), (2, first), (3, second), (4, second)):
        assert (await shelf.ask("GET", f"{at}/file?version={version}")).content == body
    for path in (f"{at}?version=5", f"{at}/file?version=5"):
        answer = await shelf.ask("GET", path)
        assert (answer.status_code, answer.json()["code"]) == (404, "entity_version_not_found")
    listed = await shelf.get("/entity/?version=2&page_size=100")
    assert past[1] in listed["items"]
    assert made["id"] in await shelf.listed("version=3")
    assert made["id"] not in await shelf.listed("version=4")
    assert made["id"] not in await shelf.listed("version=5")


async def test_a_former_file_can_come_back(shelf: Shelf) -> None:
    first, second = picture(), picture()
    made = await shelf.made(image=first)
    for body, version in ((second, 2), (first, 3), (first, 3)):
        answer = await shelf.put(made["id"], body, label="thing")
        assert answer.status_code == 200, answer.text
        assert len(await shelf.get(f"/entity/{made['id']}/versions")) == version
    assert (await shelf.get(f"/entity/{made['id']}"))["file_path"] == made["file_path"]
    assert (await shelf.ask("GET", f"/entity/{made['id']}/file")).content == first
    files = [file for file in shelf.rows.files.values() if file.md5 == made["md5"]]
    assert len(files) == 1
    assert not [key for key in await shelf.blobs() if "/incoming/" in key]


async def test_the_same_bytes_are_refused_and_the_answer_names_who_has_them(shelf: Shelf) -> None:
    body, later = picture(), picture()
    made = await shelf.made(image=body)
    other = await shelf.made()
    await shelf.patch(made["id"], is_deleted=True)
    await shelf.put(made["id"], later, label="thing")
    before = await shelf.state()
    for again in (body, later):
        for answer in (await shelf.post(again, label="again"), await shelf.put(other["id"], again, label="x")):
            assert (answer.status_code, answer.json()["code"]) == (409, "duplicate_media")
            assert f"entity {made['id']} " in answer.json()["detail"]
            assert f"md5 {hashlib.md5(again, usedforsecurity=False).hexdigest()}" in answer.json()["detail"]
    assert await shelf.state() == before


async def test_soft_deleting_and_restoring(shelf: Shelf) -> None:
    made = await shelf.made("soft")
    await shelf.patch(made["id"], is_deleted=True)
    assert made["id"] not in await shelf.listed()
    assert made["id"] not in await shelf.listed("filter_param=is_deleted=false&include_deleted=true")
    assert made["id"] in await shelf.listed("include_deleted=true")
    assert made["id"] in await shelf.listed("filter_param=is_deleted=true")
    assert (await shelf.get(f"/entity/{made['id']}"))["is_deleted"] is True
    assert (await shelf.patch(made["id"], is_deleted=False)).json()["is_deleted"] is False
    assert made["id"] in await shelf.listed()


async def test_deleting_leaves_nothing_behind_and_no_id_comes_again(shelf: Shelf) -> None:
    body = picture()
    files, blobs = set(shelf.rows.files), await shelf.blobs()
    made = await shelf.made(image=body)
    await shelf.put(made["id"], picture(), label="second file")
    answer = await shelf.ask("DELETE", f"/entity/{made['id']}")
    assert (answer.status_code, answer.json()["id"]) == (200, made["id"])
    for path in ("", "/versions", "/file", "?version=1"):
        assert (await shelf.ask("GET", f"/entity/{made['id']}{path}")).status_code == 404
    assert (await shelf.ask("DELETE", f"/entity/{made['id']}")).status_code == 404
    assert (set(shelf.rows.files), await shelf.blobs()) == (files, blobs)
    again = await shelf.made(image=body)
    assert again["id"] > made["id"]
    assert again["file_path"] == made["file_path"]
    assert (await shelf.ask("GET", f"/entity/{again['id']}/file")).content == body


async def test_a_collection_goes_with_what_lies_in_it_only_when_told(shelf: Shelf) -> None:
    outer = await shelf.collection()
    inner = await shelf.collection(parent_id=str(outer["id"]))
    book = await shelf.made(parent_id=str(inner["id"]))
    await shelf.patch(book["id"], is_deleted=True)
    answer = await shelf.ask("DELETE", f"/entity/{outer['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "collection_not_empty")
    assert (await shelf.ask("DELETE", f"/entity/{outer['id']}?recursive=true")).status_code == 200
    for each in (outer, inner, book):
        assert (await shelf.ask("GET", f"/entity/{each['id']}")).status_code == 404


async def test_pages(shelf: Shelf) -> None:
    home = await shelf.collection()
    ids = [(await shelf.collection(f"n{n}", parent_id=str(home["id"])))["id"] for n in range(5)]
    where = f"/entity/?page_size=2&filter_param=parent_id={home['id']}&page="
    pages = [await shelf.get(f"{where}{number}") for number in (1, 2, 3, 4)]
    assert [[item["id"] for item in page["items"]] for page in pages] == [ids[:2], ids[2:4], ids[4:], []]
    assert pages[1]["pagination"] == {
        "page": 2, "page_size": 2, "total_items": 5, "total_pages": 3, "has_next": True, "has_prev": True
    }  # fmt: skip
    turns = [(page["pagination"]["has_next"], page["pagination"]["has_prev"]) for page in pages]
    assert turns == [(True, False), (True, True), (False, True), (False, True)]
    assert (await shelf.get("/entity/"))["pagination"]["page_size"] == 20


async def test_searching(shelf: Shelf) -> None:
    street = await shelf.collection("Große Straße")
    river = await shelf.collection("river", description="Вид на МОСКВА-реку, 100%")
    assert await shelf.listed("search_query=STRASSE") == [street["id"]]
    assert await shelf.listed("search_query=москва") == [river["id"]]
    assert await shelf.listed("search_query=100%25") == [river["id"]]
    assert await shelf.listed("search_query=nowhere_") == []


async def test_asked_again_with_the_same_key_it_is_made_once(shelf: Shelf) -> None:
    body, key = picture(), {"Idempotency-Key": "entity-1"}
    sent: dict[str, Any] = {"data": {"label": "once"}, "files": {"image": ("a.png", body)}}
    first = await shelf.ask("POST", "/entity/", key, **sent)
    second = await shelf.ask("POST", "/entity/", key, **sent)
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    other = await shelf.ask("POST", "/entity/", key, **{**sent, "data": {"label": "other"}})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    plain: dict[str, Any] = {"data": {"label": "shelf", "is_collection": "true"}}
    kept = [await shelf.ask("POST", "/entity/", {"Idempotency-Key": "entity-2"}, **plain) for _ in range(2)]
    assert kept[0].json() == kept[1].json()
