"""The doors that files come in by, over the whole application."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest
from starlette.types import Message

from domain.access import KeyScope
from domain.media import FileStatus
from entrypoints.http.app import EdgeConfig, create_app
from tests.tables import over_rows
from tests.unit.contracts.drawn import encoded, png_claiming, quarters
from tests.unit.entrypoints.http.gallery import Gallery, gallery
from tests.unit.entrypoints.world import add_key, add_project, world

pytestmark = pytest.mark.anyio

JPEG = encoded(quarters((400, 300)), "image/jpeg")
VARIANTS = {"thumb": {"format": "webp", "width": 100}, "wide": {"format": "png", "width": 200}}
BOUNDARY = "Grenze"

Unchanged = Callable[[], Awaitable[bool]]


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Gallery]:
    """One for all: whatever a test keeps, the next one does not mind."""
    async with world(PUBLIC_URL="https://media.example") as here:
        yield await gallery(here, {"variants": VARIANTS})


def part(body: bytes, name: str = "file", filename: str | None = "a.jpg") -> bytes:
    told = "" if filename is None else f'; filename="{filename}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'
    return head.encode() + body + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


async def post(place: Gallery, path: str, body: bytes, headers: dict[str, str] | None = None) -> httpx2.Response:
    told = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **(headers or place.public_key)}
    return await place.client.post(path, content=body, headers=told)


async def everything(place: Gallery) -> tuple[Any, ...]:
    rows = place.rows
    return dict(rows.files), dict(rows.jobs), list(rows.events), dict(rows.projects), await place.blobs()


@pytest.fixture
async def without_a_trace(place: Gallery) -> Unchanged:
    """Whether nothing at all has changed since the test began."""
    before = await everything(place)

    async def same() -> bool:
        return await everything(place) == before

    return same


async def test_a_picture_is_answered_with_every_address_it_will_have(place: Gallery) -> None:
    answer = await place.client.post("/upload/image", files={"file": ("me.jpg", JPEG)}, headers=place.public_key)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    prefix = f"https://media.example/blobs/{place.public.slug}-{place.public.id}/images"
    assert told == {
        "id": told["id"],
        "original_url": f"{prefix}/original/{told['id']}.jpg",
        "variants": {
            "thumb": f"{prefix}/thumb/{told['id']}.webp",
            "wide": f"{prefix}/wide/{told['id']}.png",
        },
    }
    file = (await place.client.get(f"/files/{told['id']}", headers=place.public_key)).json()
    assert (file["url"], file["variants"]) == (told["original_url"], told["variants"])
    assert (file["status"], file["width"], file["height"], file["filename"]) == ("processing", 400, 300, "me.jpg")
    assert (await place.client.get(urlsplit(told["original_url"]).path)).content == JPEG
    waiting = await place.client.get(urlsplit(told["variants"]["thumb"]).path)
    assert (waiting.status_code, waiting.json()["code"]) == (404, "variant_not_ready")
    assert int(waiting.headers["retry-after"]) >= 1


async def test_a_private_picture_has_addresses_that_take_a_key(place: Gallery) -> None:
    answer = await place.client.post("/upload/image", files={"file": JPEG}, headers=place.private_key)
    told = answer.json()
    base = f"https://media.example/files/{told['id']}/content"
    assert (told["original_url"], told["variants"]["thumb"]) == (base, f"{base}?variant=thumb")


async def test_any_file_is_answered_with_what_it_is(place: Gallery) -> None:
    told = await place.keep(b"words", "notes.html", "text/html")
    assert told == {
        "id": told["id"],
        "url": f"https://media.example/blobs/{place.public.slug}-{place.public.id}/files/{told['id']}.txt",
        "filename": "notes.html",
        "mime_type": "text/plain",
        "size": 5,
    }


@pytest.mark.parametrize(
    ("query", "made"),
    [("", ["thumb", "wide"]), ("?variants=wide", ["wide"]), ("?variants=wide,%20thumb,", ["thumb", "wide"])],
)
async def test_variants_can_be_picked(place: Gallery, query: str, made: list[str]) -> None:
    answer = await post(place, f"/upload/image{query}", part(JPEG) + END)
    assert sorted(answer.json()["variants"]) == made


async def test_a_variant_nobody_knows(place: Gallery, without_a_trace: Unchanged) -> None:
    answer = await post(place, "/upload/image?variants=thumb,huge", part(JPEG) + END)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "variants", "message": "unknown: huge"}]
    assert await without_a_trace()


async def test_users_name_the_project_by_header_or_query(place: Gallery) -> None:
    owner, project = place.here.headers["owner"], str(place.public.id)
    for path, headers in (
        ("/upload/file", {"X-Project-Id": project}),
        (f"/upload/file?project_id={project}", {}),
        (f"/upload/image?project_id={uuid4()}", {"X-Project-Id": project}),
    ):
        answer = await post(place, path, part(JPEG) + END, {**owner, **headers})
        assert answer.status_code == 200, answer.text
        assert (await place.row(answer.json()["id"])).project_id == place.public.id

    silent = await post(place, "/upload/file", part(JPEG) + END, owner)
    assert silent.status_code == 422
    assert silent.json()["errors"][0]["field"] == "X-Project-Id"


@pytest.mark.parametrize("named", ["nonsense", "1", "../x"])
async def test_a_project_id_that_is_none(place: Gallery, named: str, without_a_trace: Unchanged) -> None:
    owner = place.here.headers["owner"]
    by_header = await post(place, "/upload/file", part(JPEG) + END, {**owner, "X-Project-Id": named})
    by_query = await post(place, f"/upload/file?project_id={named}", part(JPEG) + END, owner)
    assert (by_header.status_code, by_query.status_code) == (422, 422)
    assert await without_a_trace()


async def test_somebody_elses_project_is_absent(place: Gallery, without_a_trace: Unchanged) -> None:
    answers = []
    for who in ("stranger", "foreign_key"):
        for project in (place.public.id, uuid4()):
            headers = {**place.here.headers[who], "X-Project-Id": str(project), "X-Request-Id": "the-same"}
            answers.append(await post(place, "/upload/file", part(JPEG) + END, headers))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert await without_a_trace()


async def test_who_may_not_upload(place: Gallery, without_a_trace: Unchanged) -> None:
    reading = await add_key(place.here, place.public, frozenset({KeyScope.READ}))
    nobody = await post(place, "/upload/file", part(JPEG) + END, {"X-Nothing": "x"})
    assert (nobody.status_code, "www-authenticate" in nobody.headers) == (401, True)
    assert (await post(place, "/upload/file", part(JPEG) + END, reading)).status_code == 403
    assert await without_a_trace()


WRONG_FORMS: dict[str, tuple[bytes, int]] = {
    "cut in the file": (part(JPEG)[: len(JPEG) // 2], 400),
    "cut at its end": (part(JPEG)[:-2], 400),
    "cut after it": (part(JPEG), 400),
    "cut in the last boundary": (part(JPEG) + END[:-6], 400),
    "cut in a field behind it": (part(JPEG) + part(b"hello", "note", None)[:-4], 400),
    "two files": (part(JPEG) + part(JPEG) + END, 422),
    "no file": (part(b"hello", "note", None) + END, 422),
    "a file of another name": (part(JPEG, "picture") + END, 422),
    "a field that is no file": (part(b"hello", "file", None) + END, 422),
    "nothing in it": (END, 422),
    "an empty file": (part(b"") + END, 400),
    "no form": (b"hello", 400),
    "no body": (b"", 400),
}


@over_rows("path", ["/upload/file", "/upload/image"])
@over_rows(("body", "status"), WRONG_FORMS.values(), ids=WRONG_FORMS)
async def test_a_form_that_is_not_whole_leaves_nothing(
    place: Gallery, path: str, body: bytes, status: int, without_a_trace: Unchanged
) -> None:
    answer = await post(place, path, body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert await without_a_trace()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/mixed; boundary=x", "image/jpeg"])
async def test_a_body_that_is_no_form(place: Gallery, kind: str, without_a_trace: Unchanged) -> None:
    headers = {**place.public_key, "Content-Type": kind}
    answer = await place.client.post("/upload/file", content=JPEG, headers=headers)
    assert answer.status_code == 415
    assert await without_a_trace()


@pytest.mark.parametrize("path", ["/upload/file", "/upload/image"])
@pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
async def test_a_client_that_goes_away_leaves_nothing(
    place: Gallery, path: str, share: float, without_a_trace: Unchanged
) -> None:
    body = part(JPEG) + END
    answers = await dropped(place, path, body[: int(len(body) * share)])
    assert all(message["type"] != "http.response.start" or message["status"] >= 400 for message in answers)
    assert await without_a_trace()


async def dropped(place: Gallery, path: str, body: bytes) -> Sequence[Message]:
    """A request whose connection breaks after these bytes, and what was answered."""
    doors = place.here.room.doors()
    app = create_app(
        doors.every(), edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=doors.authenticator()
    )
    told = {
        "host": "darkroom.test",
        "content-type": f"multipart/form-data; boundary={BOUNDARY}",
        "content-length": "999999",
        **place.public_key,
    }
    pieces = [body[at : at + 500] for at in range(0, len(body), 500)]
    answers: list[Message] = []

    async def receive() -> Message:
        if pieces:
            return {"type": "http.request", "body": pieces.pop(0), "more_body": True}
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "headers": headers,
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    await app(scope, receive, send)
    return answers


async def test_what_is_no_picture(place: Gallery, without_a_trace: Unchanged) -> None:
    answer = await post(place, "/upload/image", part(b"<svg xmlns='http://www.w3.org/2000/svg'/>") + END)
    assert (answer.status_code, answer.json()["code"]) == (415, "type_not_allowed")
    broken = await post(place, "/upload/image", part(JPEG[:50]) + END)
    assert (broken.status_code, broken.json()["code"]) == (422, "unreadable_image")
    bomb = await post(place, "/upload/image", part(png_claiming(65_536, 65_536)) + END)
    assert (bomb.status_code, bomb.json()["code"]) == (422, "image_too_large")
    assert await without_a_trace()


@pytest.mark.parametrize(
    ("settings", "size", "code", "told"),
    [
        ({"max_upload_bytes": 1000}, 1001, "upload_too_large", "at most 1000 bytes"),
        ({"quota": 0}, 1, "quota_exceeded", "room for 0 more bytes"),
    ],
)
async def test_too_much_for_one_file_or_for_the_project(
    place: Gallery, settings: dict[str, int], size: int, code: str, told: str
) -> None:
    key = await add_key(place.here, await add_project(place.here, "owner", settings), frozenset(KeyScope))
    before = await everything(place)
    answer = await post(place, "/upload/file", part(b"x" * size) + END, key)
    assert (answer.status_code, answer.json()["code"]) == (413, code)
    assert told in answer.json()["detail"]
    assert await everything(place) == before


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "../../etc/passwd"),
        ("naïve – 写真 🖼.jpg", "naïve – 写真 🖼.jpg"),
        ("a\x00b\x1fc.jpg", "abc.jpg"),
        ("C:\\fakepath\\a.jpg", "a.jpg"),  # what browsers of old sent
    ],
)
async def test_names_are_kept_for_showing(place: Gallery, sent: str, kept: str) -> None:
    answer = await post(place, "/upload/file", part(JPEG, filename=sent) + END)
    assert answer.status_code == 200, answer.text
    assert answer.json()["filename"] == kept
    file = await place.row(answer.json()["id"])
    assert (file.filename, file.key.rpartition("/")[2]) == (kept, f"{file.id}.jpg")


async def test_a_name_in_no_encoding_still_makes_json(place: Gallery) -> None:
    body = (part(JPEG, filename="N") + END).replace(b'"N"', b'"\xff\xfe.jpg"')
    answer = await post(place, "/upload/file", body)
    assert answer.status_code in {200, 400}
    json.dumps(answer.json(), ensure_ascii=False).encode()


async def test_a_file_in_the_making_is_nowhere_to_be_seen(place: Gallery) -> None:
    """The answer of a list while the bytes still come in."""
    listed: list[Any] = []
    whole = part(b"x" * 100_000)

    async def slowly() -> AsyncIterator[bytes]:
        yield whole[:50_000]
        assert any(file.status is FileStatus.PENDING for file in place.rows.files.values())
        listed.append((await place.client.get("/files", headers=place.public_key)).json())
        for file in place.rows.files.values():
            if file.status is FileStatus.PENDING:
                listed.append(  # noqa: PERF401  one request each
                    (await place.client.get(f"/files/{file.id}", headers=place.public_key)).status_code
                )
        yield whole[50_000:] + END

    told = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", **place.public_key}
    answer = await place.client.post("/upload/file", content=slowly(), headers=told)
    assert answer.status_code == 200
    told_id = answer.json()["id"]
    assert told_id not in {file["id"] for file in listed[0]["data"]}
    assert listed[1:] == [404]
    after = (await place.client.get("/files", headers=place.public_key)).json()
    assert after["data"][0]["id"] == told_id
    assert after["total_items"] == listed[0]["total_items"] + 1
