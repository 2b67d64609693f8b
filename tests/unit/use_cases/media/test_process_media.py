"""A film comes in: its facts, its poster, and the pictures of the poster."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from adapters.memory.examiner import MemoryExaminer
from application.ports.image_transformer import DecoderLost
from application.ports.media_examiner import Examined
from domain.jobs import JobKind, JobStatus
from domain.media import FileStatus, MediaFile, VariantStatus
from domain.recordings import UnreadableRecording
from tests.unit.use_cases.media.bytes import FILM, SOUND
from tests.unit.use_cases.studio import JPEG, TWO, Studio, sent

pytestmark = pytest.mark.anyio


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


async def uploaded(studio: Studio, body: bytes = FILM, name: str = "holiday.mp4") -> MediaFile:
    return await studio.upload_file(studio.key, sent(body, filename=name))


async def test_a_film_waits_to_be_looked_into_and_is_ready_afterwards(studio: Studio) -> None:
    film = await uploaded(studio)
    assert film.status is FileStatus.PROCESSING
    assert [job.kind for job in await studio.work_off()] == [JobKind.PROCESS_MEDIA, JobKind.PROCESS_IMAGE]
    done = await studio.file(film.id)
    assert (done.status, done.duration, done.width, done.height) == (FileStatus.READY, 2.0, 64, 48)
    assert done.metadata["video_codec"] == "h264"
    assert done.placeholder is not None
    assert {v.name: v.status for v in done.variants} == dict.fromkeys(["poster", *TWO], VariantStatus.READY)
    assert set(done.keys) == await studio.keys()
    assert studio.counted.storage_used_bytes == done.stored_bytes
    assert studio.counted.transforms_used == 3
    assert studio.told.count("variant_ready") == 3
    assert studio.told.count("file_ready") == 1


async def test_its_poster_is_no_recipe_and_survives_every_sync(studio: Studio) -> None:
    film = await uploaded(studio)
    await studio.work_off()
    poster = (await studio.file(film.id)).variant("poster")
    await studio.set_variants({"tiny": {"width": 10}, "poster": {"width": 20}})
    await studio.ask_for_a_sync()
    await studio.work_off()
    done = await studio.file(film.id)
    assert {variant.name for variant in done.variants} == {"poster", "tiny"}
    assert done.variant("poster") == poster
    assert set(done.keys) == await studio.keys()
    assert studio.counted.storage_used_bytes == done.stored_bytes


async def test_a_film_is_kept_where_the_originals_of_pictures_are_not() -> None:
    studio = await Studio(settings={"keep_original": False}).open()
    film = await uploaded(studio)
    await studio.work_off()
    done = await studio.file(film.id)
    assert (done.status, done.original_deleted_at) == (FileStatus.READY, None)
    assert film.key in await studio.keys()


async def test_without_variants_there_is_a_poster_and_a_placeholder() -> None:
    studio = await Studio(variants={}).open()
    film = await uploaded(studio)
    await studio.work_off()
    done = await studio.file(film.id)
    assert [variant.name for variant in done.variants] == ["poster"]
    assert done.placeholder is not None
    assert done.status is FileStatus.READY


async def test_a_sound_has_facts_and_no_pictures(studio: Studio) -> None:
    sound = await uploaded(studio, SOUND, "a.wav")
    assert [job.kind for job in await studio.work_off()] == [JobKind.PROCESS_MEDIA]
    done = await studio.file(sound.id)
    assert (done.status, done.duration, done.width, done.variants) == (FileStatus.READY, 2.0, None, ())
    assert studio.told.count("file_ready") == 1


@pytest.mark.parametrize("body", [b"plain text", b"%PDF-1.7\n", JPEG])
async def test_what_is_neither_is_left_alone(studio: Studio, body: bytes) -> None:
    file = await uploaded(studio, body)
    assert file.status is FileStatus.READY
    assert await studio.work_off() == []


async def test_a_corrupt_film_fails_with_its_reason_and_stays(studio: Studio) -> None:
    class Refusing(MemoryExaminer):
        async def examine(
            self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None
        ) -> Examined:
            raise UnreadableRecording("this film has no beginning")

    studio.examiner = Refusing()
    film = await uploaded(studio)
    (job,) = await studio.work_off()
    done = await studio.file(film.id)
    assert (job.status, job.last_error) == (JobStatus.FAILED, "this film has no beginning")
    assert (done.status, done.reason) == (FileStatus.FAILED, "this film has no beginning")
    assert await studio.keys() == {film.key}


async def test_who_looks_into_a_film_is_told_whose_it_is(studio: Studio) -> None:
    asked: list[UUID | None] = []

    class Asking(MemoryExaminer):
        async def examine(
            self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None
        ) -> Examined:
            asked.append(owner)
            return await super().examine(source, mime_type, into)

    studio.examiner = Asking()
    await uploaded(studio)
    await studio.work_off()
    assert asked == [studio.project.owner_id]


async def test_what_killed_its_decoder_is_not_asked_for_a_picture_again(studio: Studio) -> None:
    class Dying(MemoryExaminer):
        async def examine(
            self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None
        ) -> Examined:
            if into is not None:
                raise DecoderLost("it died")
            return await super().examine(source, mime_type, into)

    studio.examiner = Dying()
    film = await uploaded(studio)
    await studio.work_off()
    studio.clock.advance(timedelta(seconds=60))
    await studio.work_off()
    done = await studio.file(film.id)
    assert (done.status, done.width, done.variants) == (FileStatus.READY, 64, ())


async def test_a_film_deleted_meanwhile_leaves_nothing(studio: Studio) -> None:
    film = await uploaded(studio)

    class Slow(MemoryExaminer):
        async def examine(
            self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None
        ) -> Examined:
            await studio.remove(film)
            return await super().examine(source, mime_type, into)

    studio.examiner = Slow()
    (job,) = await studio.work_off()
    assert job.status is JobStatus.COMPLETED
    assert await studio.keys() == set()


async def test_looking_again_makes_nothing_twice(studio: Studio) -> None:
    film = await uploaded(studio)
    await studio.work_off()
    before, used = await studio.file(film.id), studio.counted.storage_used_bytes
    assert await studio.refresh_media.one_file(studio.key, film.id) == 1
    assert await studio.refresh_media.one_file(studio.key, film.id) == 0
    assert len(await studio.work_off()) == 1
    after = await studio.file(film.id)
    assert (after.variants, after.status) == (before.variants, FileStatus.READY)
    assert (studio.counted.storage_used_bytes, studio.counted.transforms_used) == (used, 3)
