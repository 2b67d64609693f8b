"""An upload that broke off after its file was made finds that file when it is sent again under its key."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest

from adapters.memory.replays import MemoryReplays
from domain.errors import Unavailable
from domain.media import MediaFile
from domain.settings import Visibility
from entrypoints.http import idempotency
from entrypoints.http.routes.uploads import UploadsDoor
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.entrypoints.http.gallery import Gallery, gallery
from tests.unit.entrypoints.world import world

pytestmark = pytest.mark.anyio

JPEG = encoded(quarters((40, 30)), "image/jpeg")
DOORS = pytest.mark.parametrize("door", ["file", "image"])


@pytest.fixture
async def place() -> AsyncIterator[Gallery]:
    async with world() as here:
        yield await gallery(here, {"variants": {"thumb": {"format": "webp", "width": 10}}})


async def send(place: Gallery, door: str, body: bytes = JPEG, name: str = "a.jpg") -> httpx2.Response:
    headers = {**place.public_key, "Idempotency-Key": "mine"}
    return await place.client.post(f"/upload/{door}", files={"file": (name, body)}, headers=headers)


def made(place: Gallery, name: str = "a.jpg") -> list[MediaFile]:
    return [file for file in place.rows.files.values() if file.filename == name]


@DOORS
async def test_its_answer_was_never_kept(place: Gallery, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> None:
        raise Unavailable("the database went away")

    with monkeypatch.context() as patched:
        patched.setattr(MemoryReplays, "finish", gone)
        first = await send(place, door)
    assert first.status_code == 200, first.text
    assert (await send(place, door)).status_code == 409
    monkeypatch.setattr(idempotency, "ABANDONED_AFTER", timedelta(0))
    again = await send(place, door)
    assert (again.status_code, again.json()) == (200, first.json())
    assert [str(file.id) for file in made(place)] == [first.json()["id"]]
    assert await place.blobs() >= {made(place)[0].key}
    assert (await send(place, door)).headers["Idempotency-Replayed"] == "true"


@DOORS
async def test_it_failed_once_the_file_was_there(place: Gallery, door: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: UploadsDoor, file: MediaFile) -> Visibility:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(UploadsDoor, "_noted", broken)
        for _ in range(3):
            assert (await send(place, door)).status_code == 500
    (file,) = made(place)
    assert (await send(place, door)).json()["id"] == str(file.id)
    assert made(place) == [file]
    counted = place.rows.projects[file.project_id]
    assert (counted.files_count, counted.storage_used_bytes) == (1, file.size)


async def test_its_id_is_in_order_with_those_of_other_files(place: Gallery) -> None:
    told = [await place.keep(b"before"), (await send(place, "file")).json(), await place.keep(b"after")]
    ids = [UUID(each["id"]) for each in told]
    assert {id_.version for id_ in ids} == {7}
    milliseconds = [id_.int >> 80 for id_ in ids]
    assert milliseconds == sorted(milliseconds)


@pytest.mark.slow
async def test_what_is_another_file_is_made(place: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: UploadsDoor, file: MediaFile) -> Visibility:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(UploadsDoor, "_noted", broken)
        await send(place, "file")
        await send(place, "file", JPEG + b"more")
        await send(place, "file", name="b.jpg")
        await send(place, "image")
    assert (len(made(place)), len(made(place, "b.jpg"))) == (3, 1)
