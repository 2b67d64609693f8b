"""A request sent again under its key is answered again and done once."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx2
import pytest

from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.entrypoints.http.gallery import Gallery, gallery
from tests.unit.entrypoints.world import world

pytestmark = pytest.mark.anyio

JPEG = encoded(quarters((40, 30)), "image/jpeg")
PASSWORD = "a password of some length"
ACCOUNT = {"email": "new@example.com", "password": PASSWORD}


@pytest.fixture(scope="module")
async def only() -> AsyncIterator[Gallery]:
    async with world() as here:
        yield await gallery(here)


@pytest.fixture
def place(only: Gallery) -> Iterator[Gallery]:
    with only.here.undone():
        yield only


def made_by(place: Gallery) -> dict[str, tuple[str, dict[str, Any], dict[str, str]]]:
    """Path, body and headers of everything that makes something."""
    owner, su = place.here.headers["owner"], place.here.headers["su"]
    return {
        "account": ("/auth/register", {"json": ACCOUNT}, {}),
        "user": ("/users", {"json": {"username": "new", "password": PASSWORD, "role": "user"}}, su),
        "role": ("/roles", {"json": {"name": "new", "permissions": ["jobs_view"]}}, su),
        "project": ("/projects", {"json": {"name": "New"}}, owner),
        "key": (f"/projects/{place.public.id}/keys", {"json": {"name": "New"}}, owner),
        "file": ("/upload/file", {"files": {"file": ("a.txt", b"words")}}, place.public_key),
        "image": ("/upload/image", {"files": {"file": ("a.jpg", JPEG)}}, place.public_key),
        "file of a user": (
            "/upload/file", {"files": {"file": ("a.txt", b"words")}}, {**owner, "X-Project-Id": str(place.public.id)}
        ),
    }  # fmt: skip


async def post(
    place: Gallery, path: str, body: dict[str, Any], headers: dict[str, str], key: str | None = "one"
) -> httpx2.Response:
    named = {} if key is None else {"Idempotency-Key": key}
    return await place.client.post(path, **body, headers={**headers, **named})


def counted(place: Gallery) -> dict[str, int]:
    return {
        name: len(getattr(place.rows, name)) for name in ("users", "roles", "projects", "api_keys", "files", "jobs")
    }


WHAT = ["account", "user", "role", "project", "key", "file", "image", "file of a user"]


@pytest.mark.parametrize("what", WHAT)
async def test_whatever_is_made_is_made_once(place: Gallery, what: str) -> None:
    path, body, headers = made_by(place)[what]
    first = await post(place, path, body, headers)
    assert first.status_code in {200, 201}, first.text
    assert "Idempotency-Replayed" not in first.headers
    before = counted(place)
    again = await post(place, path, body, headers)
    assert again.status_code == first.status_code
    assert again.json() == first.json() | ({"key": None} if what == "key" else {})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == first.headers["Content-Type"]
    assert counted(place) == before


@pytest.mark.parametrize("what", ["project", "file", "image"])
async def test_another_key_or_none_is_another_request(place: Gallery, what: str) -> None:
    path, body, headers = made_by(place)[what]
    ids = [(await post(place, path, body, headers, key)).json()["id"] for key in ("one", "two", "One", None, None)]
    assert len(set(ids)) == 5


async def test_the_same_key_of_somebody_else_is_theirs(place: Gallery) -> None:
    body = {"json": {"name": "Mine"}}
    owner, stranger = (place.here.headers[name] for name in ("owner", "stranger"))
    mine = await post(place, "/projects", body, owner)
    theirs = await post(place, "/projects", body, stranger)
    assert mine.json()["owner_id"] != theirs.json()["owner_id"]
    by_key, by_other = [
        await post(place, "/upload/file", {"files": {"file": ("a", b"x")}}, key)
        for key in (place.public_key, place.private_key)
    ]
    assert by_key.json()["id"] != by_other.json()["id"]


OTHERS = {
    "another body": ("/projects", {"json": {"name": "Other"}}),
    "another path": ("/roles", {"json": {"name": "new", "permissions": []}}),
    "another query": ("/projects?x=1", {"json": {"name": "New"}}),
}


@pytest.mark.parametrize("other", OTHERS)
async def test_the_same_key_for_another_request_is_refused(place: Gallery, other: str) -> None:
    su = place.here.headers["su"]
    await post(place, "/projects", {"json": {"name": "New"}}, su)
    before = counted(place)
    refused = await post(place, *OTHERS[other], su)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"
    assert counted(place) == before


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/upload/file", ("a.txt", b"other words")),
        ("/upload/file", ("b.txt", b"words")),
        ("/upload/file?project_id=", ("a.txt", b"words")),
        ("/upload/image", ("a.txt", b"words")),
    ],
)
async def test_another_file_is_another_request(place: Gallery, path: str, file: tuple[str, bytes]) -> None:
    await post(place, "/upload/file", {"files": {"file": ("a.txt", b"words")}}, place.public_key)
    path = path.replace("project_id=", f"project_id={place.public.id}")
    refused = await post(place, path, {"files": {"file": file}}, place.public_key)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert len(place.rows.files) == 2  # with the one that was there


async def test_the_form_may_be_written_another_way(place: Gallery) -> None:
    first = await post(place, "/upload/file", {"files": {"file": ("a.txt", b"words", "text/plain")}}, place.public_key)
    body = {"files": {"file": ("a.txt", b"words")}, "data": {"note": "another boundary, another field"}}
    again = await post(place, "/upload/file", body, place.public_key)
    assert again.json() == first.json()


@pytest.mark.parametrize("what", ["project", "file"])
async def test_what_was_refused_is_forgotten(place: Gallery, what: str) -> None:
    path, body, headers = made_by(place)[what]
    wrong = {"json": {"name": ""}} if what == "project" else {"files": {"file": ("a.txt", b"")}}
    assert (await post(place, path, wrong, headers)).status_code in {400, 422}
    made = await post(place, path, body, headers)
    assert made.status_code in {200, 201}
    assert "Idempotency-Replayed" not in made.headers


async def test_an_upload_that_broke_off_is_forgotten(place: Gallery) -> None:
    async def half() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"x" * 100_000

    headers = {**place.public_key, "Content-Type": "multipart/form-data; boundary=x"}
    broken = await post(place, "/upload/file", {"content": half()}, headers)
    assert broken.status_code == 400
    made = await post(place, "/upload/file", {"files": {"file": ("a.txt", b"words")}}, place.public_key)
    assert made.status_code == 200


async def test_while_the_first_is_under_way_the_second_waits(place: Gallery) -> None:
    go_on, begun = asyncio.Event(), asyncio.Event()
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'

    async def slowly() -> AsyncIterator[bytes]:
        yield head + b"x" * 100_000
        begun.set()
        await go_on.wait()
        yield b"\r\n--x--\r\n"

    headers = {**place.public_key, "Content-Type": "multipart/form-data; boundary=x"}
    first = asyncio.create_task(post(place, "/upload/file", {"content": slowly()}, headers))
    await begun.wait()
    whole = {"content": head + b"x" * 100_000 + b"\r\n--x--\r\n"}
    waiting = await post(place, "/upload/file", whole, headers)
    assert (waiting.status_code, waiting.json()["code"]) == (409, "request_under_way")
    assert int(waiting.headers["Retry-After"]) >= 1
    go_on.set()
    made = (await first).json()
    assert (await post(place, "/upload/file", whole, headers)).json() == made


async def test_of_many_at_once_one_is_done(place: Gallery) -> None:
    path, body, headers = made_by(place)["project"]
    answers = await asyncio.gather(*(post(place, path, body, headers) for _ in range(10)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
    assert len(place.rows.projects) == 5


@pytest.mark.parametrize("key", ["", " ", "é", "a\tb", "x" * 256])
async def test_a_key_that_is_none(place: Gallery, key: str) -> None:
    path, body, headers = made_by(place)["project"]
    raw = {**{k.encode(): v.encode() for k, v in headers.items()}, b"Idempotency-Key": key.encode("latin-1")}
    answer = await place.client.post(path, **body, headers=raw)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


@pytest.mark.parametrize("key", ["x", "x" * 255, "a key with (all) sorts; of=signs ~!"])
async def test_any_printable_key_will_do(place: Gallery, key: str) -> None:
    path, body, headers = made_by(place)["project"]
    first, again = [await post(place, path, body, headers, key) for _ in range(2)]
    assert first.json() == again.json()


async def test_neither_key_nor_password_lies_in_what_is_kept(place: Gallery) -> None:
    await post(place, "/auth/register", {"json": ACCOUNT}, {}, "a key of mine")
    secret = await post(place, *made_by(place)["key"], "another key of mine")
    kept = str(place.here.room.database().replays._kept)  # type: ignore[attr-defined]
    assert "new@example.com" in kept
    assert not any(hidden in kept for hidden in (PASSWORD, "key of mine", secret.json()["key"]))


async def test_where_nothing_is_made_a_key_means_nothing(place: Gallery) -> None:
    answers = [
        await place.client.get("/projects", headers={**place.here.headers["owner"], "Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert not any("Idempotency-Replayed" in answer.headers for answer in answers)
