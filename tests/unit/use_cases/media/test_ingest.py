"""Media are brought in: each version of each object once, whoever looks, and bad ones with their reason."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from adapters.memory.ingested import MemoryIngestedReads
from adapters.memory.source import MemorySource
from application.ingest.ingest_media import BATCH
from application.ports.ingest_sources import SourceObject
from application.ports.ingested import IngestedObject, IngestStatus
from domain.access import KeyCaller, KeyScope
from domain.errors import Forbidden, Unavailable
from domain.jobs import Job, JobKind, JobStatus
from domain.media import FileMissing, MediaFile
from tests.unit.use_cases.media.bytes import FILM, OTHER_FILM, SOUND
from tests.unit.use_cases.studio import JPEG, Studio

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def files(studio: Studio) -> list[MediaFile]:
    return list(studio.rows.rows.files.values())


def objects(studio: Studio) -> dict[str, IngestedObject]:
    return {each.version.key: each for each in studio.rows.rows.ingested.values()}


async def brought_in(studio: Studio) -> list[Job]:
    """A look through the source, and all that comes of it."""
    assert await studio.refresh_media(studio.key) == 1
    return await studio.work_off()


async def test_pictures_films_and_sounds_come_in_as_what_they_are(studio: Studio) -> None:
    studio.source.objects = {"a/film.mp4": FILM, "b.jpg": JPEG, "c.wav": SOUND}
    await brought_in(studio)
    told = {file.filename: (file.kind.value, file.status.value, len(file.variants)) for file in files(studio)}
    assert told == {
        "film.mp4": ("video", "ready", 3),
        "b.jpg": ("image", "ready", 2),
        "c.wav": ("audio", "ready", 0),
    }
    assert {each.status for each in objects(studio).values()} == {IngestStatus.KEPT}
    assert set(studio.source.objects) == {"a/film.mp4", "b.jpg", "c.wav"}
    keys = await MemoryIngestedReads(studio.rows).keys_of([file.id for file in files(studio)])
    assert sorted(keys.values()) == ["a/film.mp4", "b.jpg", "c.wav"]


async def test_a_second_look_brings_nothing_and_a_change_a_new_version(studio: Studio) -> None:
    studio.source.objects = {"film.mp4": FILM}
    await brought_in(studio)
    (first,) = files(studio)
    await brought_in(studio)
    assert len(files(studio)) == 1
    studio.clock.advance(timedelta(seconds=60))
    studio.source.objects["film.mp4"] = OTHER_FILM
    await brought_in(studio)
    (second,) = [file for file in files(studio) if file.id != first.id]
    keys = await MemoryIngestedReads(studio.rows).keys_of([first.id, second.id])
    assert keys == {second.id: "film.mp4"}, "the key leads to the newest; the one before stays a file"


async def test_several_workers_bring_each_object_in_once(studio: Studio) -> None:
    studio.source.objects = {f"{number}.wav": SOUND + bytes([number]) for number in range(30)}
    await studio.refresh_media(studio.key)
    await studio.refresh_media.one_object(studio.key, "7.wav")

    async def work() -> None:
        while jobs := await studio.claim(3):
            await asyncio.gather(*(studio.run_job()(job) for job in jobs))

    await asyncio.gather(work(), work(), work())
    await studio.work_off()
    assert Counter(file.filename for file in files(studio)) == Counter(list(studio.source.objects))


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "the object is empty"), (b"only text", "neither picture nor film"), (b"\xff\xd8\xff\xe0 no picture", "")],
)
async def test_what_is_no_media_is_reported_and_not_tried_again(studio: Studio, body: bytes, reason: str) -> None:
    studio.source.objects = {"bad": body}
    jobs = await brought_in(studio)
    (failed,) = [job for job in jobs if job.kind == JobKind.INGEST_OBJECT]
    assert failed.status is JobStatus.FAILED
    bad = objects(studio)["bad"]
    assert bad.status is IngestStatus.FAILED
    assert bad.reason == failed.last_error
    assert reason in (bad.reason or "")
    assert [job.kind for job in await brought_in(studio)] == [JobKind.INGEST_MEDIA]
    assert files(studio) == []
    assert await studio.keys() == set()


async def test_a_bad_object_that_is_named_is_tried_again(studio: Studio) -> None:
    await studio.change(storage_limit_bytes=10)
    studio.source.objects = {"film.mp4": FILM}
    await brought_in(studio)
    assert "room" in (objects(studio)["film.mp4"].reason or "")
    await studio.change(storage_limit_bytes=-1)
    assert await studio.refresh_media.one_object(studio.key, "film.mp4") == 1
    await studio.work_off()
    assert objects(studio)["film.mp4"].status is IngestStatus.KEPT
    assert len(files(studio)) == 1


async def test_an_object_that_changes_while_it_is_copied_is_not_kept_as_it_never_was(studio: Studio) -> None:
    studio.source.objects = {"film.mp4": FILM}
    await studio.refresh_media(studio.key)
    (look,) = await studio.claim(1)
    await studio.run_job()(look)
    studio.source.objects["film.mp4"] = OTHER_FILM
    await studio.work_off()
    assert "changed" in (objects(studio)["film.mp4"].reason or "")
    assert files(studio) == []
    await brought_in(studio)
    (kept,) = files(studio)
    assert kept.size == len(OTHER_FILM)


@pytest.mark.parametrize("steps", range(0, 60, 3))
async def test_a_worker_that_dies_anywhere_leaves_one_file(studio: Studio, steps: int) -> None:
    studio.source.objects = {"film.mp4": FILM}
    await studio.refresh_media(studio.key)
    (look,) = await studio.claim(1)
    await studio.run_job()(look)
    (first,) = await studio.claim(1)
    done = asyncio.create_task(studio.ingest_object(first, lambda percent: None))
    for _ in range(steps):
        await asyncio.sleep(0)
    done.cancel()
    await asyncio.wait([done])
    studio.clock.advance(timedelta(seconds=3600))
    await studio.work_off()
    assert len(files(studio)) == 1
    assert objects(studio)["film.mp4"].status is IngestStatus.KEPT


async def test_where_each_file_is_wanted_once_the_first_stands_for_both() -> None:
    studio = await Studio(settings={"on_duplicate": "reuse"}).open()
    studio.source.objects = {"a.wav": SOUND, "b.wav": SOUND}
    jobs = await brought_in(studio)
    assert {job.status for job in jobs} == {JobStatus.COMPLETED}
    (file,) = files(studio)
    assert {each.file_id for each in objects(studio).values()} == {file.id}


async def test_a_source_that_is_away_costs_nothing(studio: Studio) -> None:
    class Away(MemorySource):
        async def list(self) -> AsyncGenerator[SourceObject, None]:
            raise Unavailable("no answer")
            yield  # pragma: no cover

    studio.source = Away()
    (job,) = await brought_in(studio)
    assert (job.status, job.attempts) == (JobStatus.PENDING, 0)


async def test_rounds_follow_the_clock(studio: Studio) -> None:
    keep = studio.keep_periodic
    assert await replace(keep, schedules={JobKind.INGEST_MEDIA: studio.intake.schedule})()
    waiting = [job for job in studio.rows.rows.jobs.values() if job.kind == JobKind.INGEST_MEDIA]
    (due,) = [job.run_at for job in waiting]
    assert due == studio.intake.schedule.after(studio.clock.now())
    studio.clock.advance(timedelta(seconds=3600))
    (job,) = await studio.claim(1, [JobKind.INGEST_MEDIA])
    await studio.run_job()(job)
    (following,) = [
        job.run_at
        for job in studio.rows.rows.jobs.values()
        if job.kind == JobKind.INGEST_MEDIA and job.status is JobStatus.PENDING
    ]
    assert following - studio.intake.schedule.after(studio.clock.now()) < timedelta(seconds=1)


async def test_whoever_has_no_part_in_it_finds_nothing(studio: Studio) -> None:
    stranger = KeyCaller(uuid4(), uuid4(), frozenset(KeyScope))
    assert await studio.refresh_media(stranger) == 0
    with pytest.raises(FileMissing):
        await studio.refresh_media.one_object(stranger, "film.mp4")
    with pytest.raises(FileMissing):
        await studio.refresh_media.one_file(stranger, uuid4())
    reading = KeyCaller(uuid4(), studio.project.id, frozenset({KeyScope.READ}))
    with pytest.raises(Forbidden):
        await studio.refresh_media(reading)


class Endless(MemorySource):
    """A hundred thousand objects; it remembers how far ahead of its reader it was asked to be."""

    def __init__(self, count: int) -> None:
        super().__init__("memory://endless")
        self.count, self.listed = count, 0

    async def list(self) -> AsyncGenerator[SourceObject, None]:
        for number in range(self.count):
            self.listed += 1
            yield SourceObject(f"{number:06}.mp4", "1", 5)


async def test_a_long_list_is_gone_through_batch_by_batch(studio: Studio) -> None:
    source = Endless(5 * BATCH + 3)
    studio.source = source
    ahead = []

    async def notice(what: str) -> None:
        ahead.append(source.listed - len(studio.rows.rows.ingested))

    await studio.refresh_media(studio.key)
    (look,) = await studio.claim(1)
    announce = studio.signals.send

    async def send(topic: str, message: str = "") -> None:
        await notice(topic)
        await announce(topic, message)

    studio.signals.send = send  # type: ignore[method-assign]
    await studio.run_job()(look)
    assert len(studio.rows.rows.ingested) == source.count
    assert max(ahead) <= BATCH
