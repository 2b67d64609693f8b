"""Wherever an upload is stopped, nobody ever sees a file without its bytes, and nothing is left lying around."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from application.uploads import keep_arrival
from domain.access import EVERYTHING
from domain.errors import Unavailable
from domain.media import FileStatus, MediaFile
from domain.projects import ProjectMissing
from tests.tables import over_rows
from tests.unit.use_cases.studio import JPEG, Studio, sent

pytestmark = pytest.mark.anyio

# Two looks at the project are no steps. The hidden row, the bytes, then row, job and event together.
BEFORE_IT_SHOWS = [
    "about to begin", "about to commit", "committed",
    "about to put", "chunk", "chunk", "chunk", "put",
    "about to begin", "about to commit",
]  # fmt: skip
ALL = [*BEFORE_IT_SHOWS, "committed"]


async def outage() -> None:
    raise Unavailable("it does not answer")


async def cancelled() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


async def failure() -> None:
    raise OSError("something nobody thought of")


STOPS = [outage, cancelled, failure]


async def stopped(studio: Studio, step: int, how: Callable[[], Awaitable[None]]) -> "asyncio.Task[MediaFile]":
    """Upload a picture, and be stopped at a step."""
    task = await ended(studio, step, how)
    if task.cancelled():
        assert how is cancelled
    else:
        assert isinstance(task.exception(), Unavailable | OSError)
    return task


async def ended(studio: Studio, step: int, how: Callable[[], Awaitable[None]]) -> "asyncio.Task[MediaFile]":
    """Upload a picture while something happens at a step, however that ends."""
    studio.steps.at[step] = how
    task = asyncio.create_task(studio.upload_image(studio.key, sent()))
    await asyncio.wait([task])
    assert not studio.steps.at, "the step was never come to"
    return task


def without_a_trace(studio: Studio) -> bool:
    rows, project = studio.rows.rows, studio.counted
    counters = (project.files_count, project.storage_used_bytes, project.transforms_used)
    return not (rows.files or rows.jobs or rows.events or rows.original_keys or rows.variant_keys or any(counters))


async def test_the_file_shows_only_once_its_bytes_are_safe() -> None:
    studio = await Studio().open()
    seen = []

    async def look() -> None:
        row = next(iter(studio.rows.rows.files.values()), None)
        visible = row is not None and row.status is not FileStatus.PENDING
        whole = row is not None and row.key in await studio.keys() and await studio.body(row.key) == JPEG
        seen.append((visible, whole, len(studio.rows.rows.jobs)))

    studio.steps.everywhere = look
    file = await studio.upload_image(studio.key, sent())

    assert studio.steps.seen == ALL
    assert [visible for visible, _, _ in seen] == [False] * len(BEFORE_IT_SHOWS) + [True]
    assert [jobs for _, _, jobs in seen] == [0] * len(BEFORE_IT_SHOWS) + [1]
    assert all(whole for visible, whole, _ in seen if visible)
    assert seen[ALL.index("put")][1]
    assert await studio.file(file.id) == file


@over_rows("how", STOPS)
@over_rows("step", range(len(BEFORE_IT_SHOWS)))
async def test_whatever_stops_it_leaves_neither_row_nor_blob(step: int, how: Callable[[], Awaitable[None]]) -> None:
    studio = await Studio().open()
    await stopped(studio, step, how)
    assert without_a_trace(studio)
    assert await studio.keys() == set()

    again = await studio.upload_image(studio.key, sent())
    assert await studio.body(again.key) == JPEG


@pytest.mark.parametrize("how", STOPS)
async def test_a_commit_of_unknown_outcome_keeps_the_bytes_of_what_shows(how: Callable[[], Awaitable[None]]) -> None:
    studio = await Studio().open()
    task = await ended(studio, len(BEFORE_IT_SHOWS), how)
    (row,) = studio.rows.rows.files.values()
    assert (row.status, len(row.variants)) == (FileStatus.PROCESSING, 2)
    assert await studio.body(row.key) == JPEG
    assert studio.only_job.file_id == row.id
    assert studio.counted.files_count == 1
    if how is outage:
        # Told as the success it was: a client that heard of an outage would upload it again.
        assert task.result().id == row.id
    else:
        assert task.cancelled() or isinstance(task.exception(), OSError)


async def test_while_the_database_stays_away_what_is_left_is_hidden() -> None:
    studio = await Studio().open()

    async def for_good() -> None:
        studio.steps.everywhere = outage
        await outage()

    await stopped(studio, ALL.index("put"), for_good)
    (row,) = studio.rows.rows.files.values()
    assert row.status is FileStatus.PENDING
    assert await studio.files.get(EVERYTHING, row.id) is None
    assert await studio.files.holding(row.key) is None
    assert studio.counted.files_count == 0


async def test_the_error_that_counts_is_the_first_one() -> None:
    studio = await Studio().open()

    async def now_and_later() -> None:
        studio.steps.everywhere = outage
        raise OSError("the first one")

    studio.steps.at[ALL.index("put")] = now_and_later
    with pytest.raises(OSError, match="the first one"):
        await studio.upload_image(studio.key, sent())


async def test_a_client_that_goes_away_leaves_nothing() -> None:
    studio = await Studio().open()

    async def half() -> AsyncIterator[bytes]:
        yield JPEG[: len(JPEG) // 2]
        raise ConnectionError("gone")

    with pytest.raises(ConnectionError):
        await studio.upload_file(studio.key, sent(chunks=half()))
    assert without_a_trace(studio)
    assert await studio.keys() == set()


async def test_the_project_was_erased_while_the_bytes_came_in() -> None:
    studio = await Studio().open()

    async def erased() -> None:
        async with studio.rows.writing():
            del studio.rows.rows.projects[studio.project.id]

    studio.steps.at[ALL.index("put")] = erased
    with pytest.raises(ProjectMissing):
        await studio.upload_image(studio.key, sent())
    assert studio.rows.rows.files == {}
    assert await studio.keys() == set()


async def test_two_at_once_do_not_share_the_room_that_is_left_for_one() -> None:
    studio = await Studio().open()
    await studio.change(storage_limit_bytes=len(JPEG) * 3 // 2)
    answers = await asyncio.gather(*(studio.uploaded() for _ in range(2)), return_exceptions=True)
    assert [isinstance(answer, Exception) for answer in answers].count(True) == 1
    assert studio.counted.files_count == 1
    assert studio.counted.storage_used_bytes == len(JPEG)
    assert len(await studio.keys()) == 1


async def test_nobody_waits_for_the_removal_from_a_store_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    studio = await Studio().open()
    monkeypatch.setattr(keep_arrival, "REMOVED_WITHIN", 0.01)

    async def silent(key: str) -> None:
        await asyncio.Event().wait()

    async def cut() -> AsyncIterator[bytes]:
        yield JPEG
        raise ConnectionError

    monkeypatch.setattr(studio.blobs, "remove", silent)
    with pytest.raises(ConnectionError):
        async with asyncio.timeout(5):
            await studio.upload_file(studio.key, sent(chunks=cut()))
    assert studio.rows.rows.files == {}


async def test_what_outlasts_the_grace_of_the_sweep_is_to_be_sent_again() -> None:
    studio = await Studio().open()

    async def swept() -> None:
        studio.rows.rows.files.clear()

    task = await ended(studio, BEFORE_IT_SHOWS.index("put"), swept)
    with pytest.raises(Unavailable, match="send it again") as refused:
        task.result()
    assert refused.value.retry_after == 1
    assert (studio.rows.rows.files, await studio.keys()) == ({}, set())
