"""Pictures, and what is promised of them."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from domain.errors import Invalid
from domain.image_headers.budget import DecodeLimits, ImageTooBig
from domain.image_headers.header import ImageHeader, UnreadableImage
from domain.image_headers.reading import read_header
from domain.jobs import JOBS_TOPIC, JobKind, JobStatus
from domain.media import FileStatus, VariantStatus
from domain.projects import QuotaExceeded
from domain.uploads import EmptyUpload, TypeNotAllowed
from tests.unit.contracts.drawn import encoded, film, oriented, png_claiming, quarters
from tests.unit.use_cases.studio import JPEG, TWO, Studio, sent, sha256

pytestmark = pytest.mark.anyio

IMAGE_TYPES = ["image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/avif"]
NO_PICTURES = {
    "image/heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),  # where its reader is missing
    "text/plain": b"words",
    "image/svg+xml": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "image/bmp": b"BM" + (70).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little") + b"\x28" + bytes(55),
    "application/pdf": b"%PDF-1.7\n",
    "text/html": b"<!doctype html><script>alert(1)</script>",
    "application/octet-stream": b"\x00\x01\x02" * 30,
}


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def tiff_with_its_directory_last(pixels: int = 400_000) -> bytes:
    """An uncompressed TIFF whose header lies further back than we keep of a stream."""
    width, height = 1000, pixels // 1000
    directory = encoded(quarters((width, height), "L"), "image/tiff")
    at = int.from_bytes(directory[4:8], "little")
    assert at < 1000, "this library writes the directory first"
    length = len(directory)
    count = int.from_bytes(directory[at : at + 2], "little")
    table = directory[at : at + 2 + 12 * count + 4]
    return directory[:4] + length.to_bytes(4, "little") + directory[8:] + table


async def test_what_comes_back_is_what_is_kept_and_promised(studio: Studio) -> None:
    file = await studio.upload_image(studio.key, sent())

    assert file == await studio.file(file.id)
    assert (file.status, file.width, file.height, file.size) == (FileStatus.PROCESSING, 400, 300, len(JPEG))
    assert (file.sha256, file.filename) == (sha256(JPEG), "me & you.jpg")
    prefix = f"naive-{studio.project.id}/images"
    assert file.key == f"{prefix}/original/{file.id}.jpg"
    promised = {variant.name: (variant.key, variant.mime_type, variant.status) for variant in file.variants}
    assert promised == {
        "thumb": (f"{prefix}/thumb/{file.id}.webp", "image/webp", VariantStatus.PENDING),
        "wide": (f"{prefix}/wide/{file.id}.png", "image/png", VariantStatus.PENDING),
    }
    for variant in file.variants:
        holder = await studio.files.holding(variant.key)
        assert holder is not None
        assert (holder.view.file.id, holder.variant, holder.current) == (file.id, variant.name, True)
    assert studio.told == ["file_uploaded", "job_update"]


async def test_a_job_is_queued_with_it_and_workers_are_tapped(studio: Studio) -> None:
    async with studio.signals.listen(JOBS_TOPIC) as taps:
        file = await studio.upload_image(studio.key, sent())
        async with asyncio.timeout(1):
            await anext(taps)
    job = studio.only_job
    assert (job.file_id, job.project_id, job.kind) == (file.id, studio.project.id, JobKind.PROCESS_IMAGE)
    assert (job.status, job.payload) == (JobStatus.PENDING, {"variants": ["thumb", "wide"]})


@pytest.mark.parametrize("mime_type", IMAGE_TYPES)
async def test_every_type_is_taken_by_its_bytes(studio: Studio, mime_type: str) -> None:
    body = encoded(quarters((60, 40)), mime_type)
    file = await studio.upload_image(studio.key, sent(body, filename="a.exe", declared_type="text/html"))
    assert (file.mime_type, file.width, file.height) == (mime_type, 60, 40)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
async def test_sizes_are_those_of_the_upright_picture(studio: Studio, orientation: int) -> None:
    file = await studio.upload_image(studio.key, sent(oriented(orientation)))
    assert (file.width, file.height) == (400, 300)


async def test_an_animation_is_a_picture(studio: Studio) -> None:
    file = await studio.upload_image(studio.key, sent(film("image/gif")))
    assert (file.width, file.height) == (120, 80)
    assert {variant.name: variant.mime_type for variant in file.variants}["thumb"] == "image/webp"


@pytest.mark.parametrize(
    ("named", "promised"), [(None, ["thumb", "wide"]), (("wide",), ["wide"]), (("wide", "wide"), ["wide"]), ((), [])]
)
async def test_variants_can_be_picked(studio: Studio, named: tuple[str, ...] | None, promised: list[str]) -> None:
    file = await studio.upload_image(studio.key, sent(variants=named))
    assert [variant.name for variant in file.variants] == promised
    assert [job.payload["variants"] for job in studio.rows.rows.jobs.values()] == [promised]


async def test_a_variant_nobody_knows_is_refused_before_a_byte_is_read(studio: Studio) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("nobody should read this")
        yield b""

    with pytest.raises(Invalid, match="no variant 'huge'; it has thumb, wide") as refused:
        await studio.upload_image(studio.key, sent(chunks=never(), variants=("thumb", "huge")))
    assert [(error.field, error.message) for error in refused.value.errors] == [("variants", "unknown: huge")]


async def test_without_variants_it_is_ready_at_once_and_its_job_adds_the_rest() -> None:
    studio = await Studio(variants={}).open()
    file = await studio.upload_image(studio.key, sent())
    assert (file.status, file.variants) == (FileStatus.READY, ())
    assert (file.width, file.height) == (400, 300)
    assert (studio.only_job.file_id, studio.only_job.payload) == (file.id, {"variants": []})


async def test_what_the_camera_wrote_is_kept_as_facts(studio: Studio) -> None:
    image = Image.Exif()
    image[0x010F], image[0x0112] = "Maker", 6
    image.get_ifd(0x8825).update({1: "N", 2: (48.0, 12.0, 0.0), 3: "E", 4: (16.0, 30.0, 0.0)})
    file = await studio.upload_image(studio.key, sent(encoded(quarters(), "image/jpeg", exif=image)))
    place = {"latitude": 48.2, "longitude": 16.5}
    assert (await studio.file(file.id)).metadata == {"camera_make": "Maker", "orientation": 6, "gps": place}
    assert (file.width, file.height) == (300, 400)


async def test_whoever_follows_the_project_hears_of_the_job(studio: Studio) -> None:
    await studio.upload_image(studio.key, sent())
    told = studio.rows.rows.events[-1]
    assert (told.kind, told.job_id, told.data["status"]) == ("job_update", studio.only_job.id, "pending")


@pytest.mark.parametrize(("mime_type", "body"), NO_PICTURES.items(), ids=NO_PICTURES)
async def test_what_is_no_picture_is_of_the_wrong_type(studio: Studio, mime_type: str, body: bytes) -> None:
    with pytest.raises(TypeNotAllowed, match=f"these bytes are {mime_type.replace('+', '.')}"):
        await studio.upload_image(studio.key, sent(body, filename="photo.jpg", declared_type="image/jpeg"))
    assert studio.steps.seen == []


async def test_nothing_at_all_is_no_picture(studio: Studio) -> None:
    with pytest.raises(EmptyUpload):
        await studio.upload_image(studio.key, sent(b""))


async def test_a_project_may_take_fewer_types() -> None:
    studio = await Studio(settings={"allowed_types": ["image/png"]}).open()
    with pytest.raises(TypeNotAllowed, match="does not take image/jpeg"):
        await studio.upload_image(studio.key, sent())


@pytest.mark.parametrize(
    "body", [JPEG[:4], JPEG[:100], b"\x89PNG\r\n\x1a\n" + b"x" * 100, b"GIF89a", b"II*\x00\xff\xff\xff\xff"]
)
async def test_what_only_begins_like_a_picture_is_refused_before_it_shows(studio: Studio, body: bytes) -> None:
    with pytest.raises(UnreadableImage):
        await studio.upload_image(studio.key, sent(body))
    assert studio.rows.rows.files == {}
    assert await studio.keys() == set()


@pytest.mark.parametrize("body", [png_claiming(65_536, 65_536), png_claiming(40_000, 1), png_claiming(20_000, 20_000)])
async def test_a_bomb_is_refused_before_anything_is_kept(studio: Studio, body: bytes) -> None:
    with pytest.raises(ImageTooBig):
        await studio.upload_image(studio.key, sent(body))
    assert studio.steps.seen == []


async def test_nobody_waits_while_a_header_is_read(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []

    def watched(head: bytes, *, complete: bool) -> ImageHeader | None:
        threads.append(threading.current_thread())
        return read_header(head, complete=complete)

    monkeypatch.setattr("application.uploads.read_picture_header.read_header", watched)
    await studio.upload_image(studio.key, sent())
    assert len(threads) == 1
    assert threading.current_thread() not in threads


async def test_a_header_behind_everything_else_is_read_from_the_store(studio: Studio) -> None:
    file = await studio.upload_image(studio.key, sent(tiff_with_its_directory_last(), pieces=20))
    assert (file.mime_type, file.width, file.height) == ("image/tiff", 1000, 400)
    assert file == await studio.file(file.id)


@pytest.mark.parametrize(
    ("limits", "error"), [(DecodeLimits(max_pixels=399_999), ImageTooBig), (DecodeLimits(max_side=999), ImageTooBig)]
)
async def test_and_when_it_is_too_big_nothing_stays(limits: DecodeLimits, error: type[Exception]) -> None:
    studio = await Studio(limits=limits).open()
    with pytest.raises(error):
        await studio.upload_image(studio.key, sent(tiff_with_its_directory_last(), pieces=20))
    assert "put" in studio.steps.seen, "only the stored file could tell"
    assert studio.rows.rows.files == {}
    assert await studio.keys() == set()


async def test_and_when_it_never_comes_nothing_stays(studio: Studio) -> None:
    with pytest.raises(UnreadableImage):
        await studio.upload_image(studio.key, sent(tiff_with_its_directory_last()[:-60], pieces=20))
    assert "put" in studio.steps.seen, "only the stored file could tell"
    assert studio.rows.rows.files == {}
    assert await studio.keys() == set()


async def test_a_full_project_promises_nothing(studio: Studio) -> None:
    await studio.change(storage_limit_bytes=len(JPEG) - 1)
    with pytest.raises(QuotaExceeded, match=f"has room for {len(JPEG) - 1} more bytes"):
        await studio.upload_image(studio.key, sent())
    assert (studio.rows.rows.files, studio.rows.rows.jobs, studio.rows.rows.variant_keys) == ({}, {}, {})
    assert await studio.keys() == set()


async def test_the_same_picture_twice_is_two_files(studio: Studio) -> None:
    first, second = await studio.uploaded(), await studio.uploaded()
    assert first.id != second.id
    keys = {first.key, second.key, *(variant.key for file in (first, second) for variant in file.variants)}
    assert len(keys) == 2 * (1 + len(TWO))


@pytest.mark.parametrize(("auto_sync", "queued"), [(True, 2), (False, 1)])
async def test_variants_that_were_wanted_while_the_bytes_came_are_seen_to(auto_sync: bool, queued: int) -> None:
    studio = await Studio(settings={"auto_sync": auto_sync}).open()

    async def change() -> None:
        await studio.set_variants({**TWO, "new": {"width": 10}})

    studio.steps.at[3] = change
    file = await studio.uploaded()
    assert "put" in studio.steps.seen[3:], "it was visible already"
    assert {variant.name for variant in file.variants} == set(TWO)
    kinds = sorted(job.kind for job in studio.rows.rows.jobs.values())
    assert kinds == [JobKind.PROCESS_IMAGE, JobKind.SYNC_PROJECT_VARIANTS][:queued]
