"""Room is kept free for what is on its way, and given back whatever becomes of it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.memory.usage import MemoryUsageReads
from domain.errors import StorageFull
from domain.media import FileStatus
from domain.projects import ProjectMissing, QuotaExceeded
from domain.usage import UsageKind, UsageLine
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.studio import JPEG, Studio, in_pieces, sent

pytestmark = pytest.mark.anyio

BIG = 200_000  # more than is looked at before the bytes are kept


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def reserved(studio: Studio) -> list[int]:
    return [file.size for file in studio.rows.rows.files.values() if file.status is FileStatus.PENDING]


async def slowly(size: int, go_on: asyncio.Event) -> AsyncIterator[bytes]:
    yield b"x" * (size // 2)
    await go_on.wait()
    yield b"x" * (size - size // 2)


@pytest.mark.parametrize(("announced", "kept_free"), [(BIG, BIG), (None, 500_000)])
async def test_room_is_kept_free_while_the_bytes_come_in(studio: Studio, announced: int | None, kept_free: int) -> None:
    await studio.change(storage_limit_bytes=500_000)
    go_on = asyncio.Event()
    task = asyncio.create_task(studio.upload_file(studio.key, sent(chunks=slowly(BIG, go_on), expected_size=announced)))
    while not studio.steps.seen.count("chunk"):
        await asyncio.sleep(0)
    assert reserved(studio) == [kept_free]
    with pytest.raises(QuotaExceeded, match=f"room for {500_000 - kept_free} more bytes"):
        await studio.upload_file(studio.key, sent(b"y" * (500_001 - kept_free), pieces=1))
    go_on.set()
    await task
    assert reserved(studio) == []
    assert studio.counted.storage_used_bytes == BIG


async def test_without_a_limit_nothing_is_kept_free(studio: Studio) -> None:
    go_on = asyncio.Event()
    task = asyncio.create_task(studio.upload_file(studio.key, sent(chunks=slowly(BIG, go_on), expected_size=BIG)))
    while not studio.steps.seen.count("chunk"):
        await asyncio.sleep(0)
    assert reserved(studio) == [0]
    go_on.set()
    await task


async def test_a_stream_longer_than_announced_is_stopped(studio: Studio) -> None:
    await studio.change(storage_limit_bytes=10 * BIG)
    with pytest.raises(QuotaExceeded):
        await studio.upload_file(studio.key, sent(chunks=in_pieces(b"x" * BIG, 20), expected_size=100_000))
    assert (reserved(studio), await studio.keys()) == ([], set())


async def test_a_broken_upload_gives_its_room_back(studio: Studio) -> None:
    await studio.change(storage_limit_bytes=BIG)

    async def breaks() -> AsyncIterator[bytes]:
        yield b"x" * (BIG // 2)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await studio.upload_file(studio.key, sent(chunks=breaks(), expected_size=BIG))
    await studio.upload_file(studio.key, sent(b"x" * BIG, expected_size=BIG))


async def test_a_project_that_went_into_the_bin_meanwhile_takes_nothing(studio: Studio) -> None:
    await studio.change(storage_limit_bytes=BIG)

    async def binned() -> None:
        await studio.change(deleted_at=NOW)

    studio.steps.at[0] = binned
    with pytest.raises(ProjectMissing):
        await studio.upload_file(studio.key, sent(b"x"))
    assert studio.rows.rows.files == {}


@pytest.mark.slow
@pytest.mark.parametrize("size", [100, BIG])
@pytest.mark.parametrize(("room", "fit"), [(7.0, 7), (7.5, 7), (0.5, 0), (50, 50)])
async def test_of_fifty_at_once_as_many_come_in_as_there_is_room_for(
    studio: Studio, size: int, room: float, fit: int
) -> None:
    limit = int(size * room)
    await studio.change(storage_limit_bytes=limit)
    most = 0

    async def watch() -> None:
        nonlocal most
        await asyncio.sleep(0)
        rows = studio.rows.rows.files.values()
        visible = sum(file.size for file in rows if file.status is not FileStatus.PENDING)
        assert visible + sum(reserved(studio)) <= limit
        most = max(most, visible)

    studio.steps.everywhere = watch
    answers = await asyncio.gather(
        *(studio.upload_file(studio.key, sent(b"x" * size, expected_size=size)) for _ in range(50)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 50 - fit
    assert all(isinstance(answer, QuotaExceeded) for answer in refused)
    assert studio.counted.storage_used_bytes == fit * size == most
    assert len(await studio.keys()) == fit


async def test_what_comes_in_is_counted_by_day_and_kind(studio: Studio) -> None:
    await studio.upload_file(studio.key, sent(b"words"))
    await studio.upload_file(studio.key, sent(b"more"))
    await studio.uploaded()
    day = NOW.date()
    assert list(await MemoryUsageReads(studio.rows).between(studio.project.id, day, day)) == [
        UsageLine(day, UsageKind.UPLOADED, "file", 2, 9),
        UsageLine(day, UsageKind.UPLOADED, "image", 1, len(JPEG)),
    ]


@pytest.mark.parametrize(("free", "announced"), [(0, None), (BIG, BIG), (BIG, BIG + 1)])
async def test_the_reserve_of_the_disk_is_not_for_uploads(studio: Studio, free: int, announced: int | None) -> None:
    studio.free_disk.free = free
    with pytest.raises(StorageFull):
        await studio.upload_file(studio.key, sent(b"x" * 100, expected_size=announced))
    with pytest.raises(StorageFull):
        await studio.upload_image(studio.key, sent(expected_size=announced))
    assert (studio.rows.rows.files, await studio.keys()) == ({}, set())
    studio.free_disk.free = BIG + 2
    await studio.upload_file(studio.key, sent(b"x" * 100, expected_size=announced))
