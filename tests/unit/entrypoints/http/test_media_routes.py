"""The media door, as its seed document describes it."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from adapters.memory.clock import ManualClock
from application.ports.ingested import IngestedObject, IngestStatus, ObjectVersion
from domain.jobs import JobKind
from domain.media import FileStatus
from tests.tables import over_rows
from tests.unit.entrypoints.http.gallery import Gallery, gallery
from tests.unit.entrypoints.world import world
from tests.unit.use_cases.media.bytes import FILM, SOUND

pytestmark = pytest.mark.anyio

FILM_FACTS = {
    "container": "mp4", "video_codec": "h264", "audio_codec": "aac", "bitrate": 64_000, "sample_rate": 48_000,
    "channels": 2, "gps": {"latitude": 1.0, "longitude": 2.0},
}  # fmt: skip
FIELDS = {
    "id", "type", "metadata", "s3_key", "status", "user_id", "duration", "width", "height", "video_codec",
    "audio_codec", "format", "bitrate", "sample_rate", "channels", "thumbnail_url", "created_at", "updated_at",
}  # fmt: skip
"""What the seed document says a media item has, and what API.md names of the extended metadata."""


@pytest.fixture(scope="module")
async def only() -> AsyncIterator[Gallery]:
    async with world() as here:
        yield await gallery(here)


@pytest.fixture
def home(only: Gallery) -> Iterator[Gallery]:
    with only.here.undone():
        yield only


async def looked_into(home: Gallery, file_id: str) -> None:
    """As a worker would."""
    async with home.here.room.database().store.begin() as unit:
        file = home.rows.files[UUID(file_id)]
        known = replace(file, status=FileStatus.READY, duration=2.5, width=64, height=48, metadata=dict(FILM_FACTS))
        await unit.files.save(known)
        await unit.commit()


async def test_an_item_has_every_documented_field(home: Gallery) -> None:
    kept = await home.keep(FILM, "holiday.mp4")
    assert (await item(home, kept["id"]))["status"] == "processing"
    await looked_into(home, kept["id"])
    await home.add_variant(kept["id"], "poster", b"jpeg", mime_type="image/jpeg")
    told = await item(home, kept["id"])
    assert set(told) >= FIELDS
    assert (told["type"], told["status"], told["format"]) == ("video", "ready", "mp4")
    assert (told["duration"], told["width"], told["height"]) == (2.5, 64, 48)
    assert (told["video_codec"], told["audio_codec"]) == ("h264", "aac")
    assert (told["bitrate"], told["sample_rate"], told["channels"]) == (64_000, 48_000, 2)
    assert told["user_id"] == str(home.here.users["owner"])
    assert told["s3_key"] in told["url"]
    assert "poster" in told["thumbnail_url"]
    assert told["created_at"].endswith("Z")


async def item(home: Gallery, file_id: str) -> dict[str, object]:
    answer = await home.client.get(f"/media/{file_id}", headers=home.public_key)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_where_it_was_taken_is_for_the_owner_alone(home: Gallery) -> None:
    kept = await home.keep(FILM)
    await looked_into(home, kept["id"])
    assert "gps" not in (await item(home, kept["id"]))["metadata"]  # type: ignore[operator]
    own = await home.client.get(f"/media/{kept['id']}", headers=home.here.headers["owner"])
    assert own.json()["metadata"]["gps"] == FILM_FACTS["gps"]


async def test_the_list_is_over_all_projects_one_may_read(home: Gallery) -> None:
    here = await home.keep(FILM, "b film.mp4")
    there = await home.keep(SOUND, "a sound.wav", key=home.private_key)

    async def names(query: str = "", who: str = "owner") -> list[str]:
        answer = await home.client.get(f"/media{query}", headers=home.here.headers[who])
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert set(told) == {"items", "page", "limit", "total"}
        return [each["filename"] for each in told["items"]]

    assert await names("?sort_by=filename&order=asc") == ["a sound.wav", "b film.mp4", "picture.png"]
    assert await names("?sort_by=filename&order=desc") == ["picture.png", "b film.mp4", "a sound.wav"]
    assert await names("?sort_by=size&order=asc&limit=1") == ["picture.png"]
    assert await names("?type=video") == ["b film.mp4"]
    assert await names("?type=audio&status=processing") == ["a sound.wav"]
    assert await names("?status=failed") == []
    assert await names("?search=FILM") == ["b film.mp4"]
    assert await names("?limit=1&page=3&sort_by=created_at&order=desc") == ["picture.png"]
    assert await names(who="stranger") == []
    alone = await home.client.get("/media", headers=home.private_key)
    assert [each["id"] for each in alone.json()["items"]] == [there["id"]]
    assert here["id"] not in alone.text


@over_rows(
    "query",
    ["sort_by=s3_key", "sort_by=created_at;drop", "order=up", "type=film", "status=pending1", "limit=0", "limit=101",
     "page=0", f"search={'x' * 201}"],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_named(home: Gallery, query: str) -> None:
    answer = await home.client.get(f"/media?{query}", headers=home.public_key)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_of_an_object_that_changed_the_newest_has_the_key(home: Gallery) -> None:
    old, new = await home.keep(FILM, "1.mp4"), await home.keep(FILM + b"x", "2.mp4")
    clock, project = ManualClock(), home.public.id
    async with home.here.room.database().store.begin() as unit:
        for etag, kept in (("1", old), ("2", new)):
            version = ObjectVersion(project, "s3://films", "in/film.mp4", etag)
            await unit.ingested.announce([IngestedObject(version, clock.now().replace(day=int(etag)), 1)])
            await unit.ingested.settle(version, IngestStatus.KEPT, file_id=UUID(kept["id"]))
        await unit.commit()
    assert (await item(home, new["id"]))["s3_key"] == "in/film.mp4"
    assert (await item(home, old["id"]))["s3_key"] != "in/film.mp4"


class TestRefreshing:
    async def test_an_item_is_looked_into_again_once(self, home: Gallery) -> None:
        kept = await home.keep(b"a note")
        film = await home.keep(FILM)
        async with home.here.room.database().store.begin() as unit:
            home.rows.jobs.clear()
            await unit.commit()
        home.rows.jobs.clear()
        for queued in (1, 0):
            told = await self.refresh(home, {"media_id": film["id"]})
            assert (told["status"], told["jobs_queued"]) == ("success", queued)
            assert told["message"]
        assert (await self.refresh(home, {"media_id": kept["id"]}))["jobs_queued"] == 0
        (job,) = home.rows.jobs.values()
        assert job.kind == JobKind.PROCESS_MEDIA

    @pytest.mark.parametrize("body", [None, {}])
    async def test_without_a_source_there_is_nothing_to_queue(self, home: Gallery, body: object) -> None:
        assert (await self.refresh(home, body))["jobs_queued"] == 0

    async def test_both_at_once_are_too_much(self, home: Gallery) -> None:
        both = {"media_id": str(uuid4()), "s3_key": "x"}
        answer = await home.client.post("/media/refresh", json=both, headers=home.public_key)
        assert answer.status_code == 422

    async def test_an_object_of_no_source_is_absent(self, home: Gallery) -> None:
        answer = await home.client.post("/media/refresh", json={"s3_key": "x"}, headers=home.public_key)
        assert answer.status_code == 404

    async def refresh(self, home: Gallery, body: object) -> dict[str, object]:
        sent = {} if body is None else {"json": body}
        answer = await home.client.post("/media/refresh", headers=home.public_key, **sent)  # type: ignore[arg-type]
        assert answer.status_code == 202, answer.text
        told: dict[str, object] = answer.json()
        return told


@pytest.mark.slow
async def test_with_a_source_a_look_is_queued_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("films")
    async with world(INGEST_SOURCE=str(folder), INGEST_PROJECT="owner-s") as here:
        for who, expected in (("owner", [1, 0]), ("stranger", [0, 0]), ("key", [0])):
            told = [(await here.client.post("/media/refresh", headers=here.headers[who])) for _ in expected]
            assert [answer.json()["jobs_queued"] for answer in told] == expected, who
        named = [await here.client.post("/media/refresh", json={"s3_key": "x"}, headers=here.headers[who])
                 for who in ("owner", "stranger")]  # fmt: skip
        assert [answer.status_code for answer in named] == [202, 404]
