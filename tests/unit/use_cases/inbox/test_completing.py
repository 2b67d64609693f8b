"""What was sent becomes a file, once, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from adapters.memory.blobs import MemoryBlobs
from adapters.memory.history import MemoryHistory
from application.inbox.complete_upload import Sent
from application.inbox.presign_upload import Announced
from application.inbox.receive_content import SentContent
from application.ports.unit_of_work import UnitOfWork
from application.projects.erase_project import EraseProject
from domain.access import Permission, Role, UserCaller
from domain.audit import Origin
from domain.errors import Unavailable
from domain.image_headers.budget import DecodeLimits
from domain.inbox import ABANDONED_AFTER, LATE, PATIENCE, WRITABLE_FOR
from domain.jobs import JobStatus
from domain.media import FileStatus
from domain.projects import ProjectMissing
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.contracts.things import refused, user
from tests.unit.use_cases.inbox.inboxes import Inboxes, inboxes, keep, once
from tests.unit.use_cases.studio import JPEG, UPLOADED, sent, sha256

pytestmark = pytest.mark.anyio

OTHER = encoded(quarters((300, 200)), "image/jpeg")
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x00\x08mdat" * 9
PDF = b"%PDF-1.7\n" + b"x" * 100


class Small(Inboxes):
    """What is large comes sooner."""

    hashed_at_once = 10


@pytest.fixture
async def studio() -> Inboxes:
    return await inboxes()


async def test_becomes_the_same_file_as_by_the_door_for_pictures(studio: Inboxes) -> None:
    done = await studio.completed(await studio.arrived())
    by_inbox, by_door = await studio.file(done.file_id), await studio.uploaded()  # type: ignore[arg-type]
    assert done.status is by_inbox.status is FileStatus.PROCESSING
    for name in ("kind", "mime_type", "size", "md5", "sha256", "width", "height", "metadata", "status", "filename"):
        assert getattr(by_inbox, name) == getattr(by_door, name), name
    assert [(v.name, v.recipe, v.mime_type) for v in by_inbox.pictures] == [
        (v.name, v.recipe, v.mime_type) for v in by_door.pictures
    ]
    assert studio.told == UPLOADED * 2
    await studio.work_off()
    made = [await studio.file(each.id) for each in (by_inbox, by_door)]
    assert [file.status for file in made] == [FileStatus.READY] * 2
    assert [(v.width, v.height, v.size) for v in made[0].variants] == [
        (v.width, v.height, v.size) for v in made[1].variants
    ]
    assert studio.counted.files_count == 2
    assert studio.counted.storage_used_bytes == sum(file.stored_bytes for file in made)


async def test_lies_under_its_own_key_and_nowhere_else(studio: Inboxes) -> None:
    upload = await studio.arrived()
    done = await studio.completed(upload)
    assert await studio.keys() == {done.file_key}
    assert done.file_key is not None
    assert await studio.body(done.file_key) == JPEG
    assert done.file_key == (await studio.file(done.file_id)).key  # type: ignore[arg-type]


@pytest.mark.parametrize("by_key", [False, True])
async def test_asked_again_the_answer_is_the_same(studio: Inboxes, by_key: bool) -> None:
    upload = await studio.arrived()
    sent = Sent(object_key=upload.object_key) if by_key else Sent(upload.id)
    first = await studio.complete(studio.owner, sent, Origin())
    studio.clock.advance(timedelta(hours=2))
    await studio.work_off()
    assert await studio.completed(upload) == first
    assert await studio.complete(studio.owner, sent, Origin()) == first
    assert studio.counted.files_count == 1


@pytest.mark.parametrize("number", [2, 5])
async def test_all_who_ask_at_once_get_the_same_answer(studio: Inboxes, number: int) -> None:
    answers = await studio.several(await studio.arrived(), number)
    assert len(set(answers)) == 1
    assert await studio.keys() == {answers[0].file_key}
    assert studio.counted.files_count == 1
    assert studio.told == UPLOADED
    assert len(studio.rows.rows.jobs) == 1


async def test_somebody_elses_upload_is_absent(studio: Inboxes) -> None:
    upload = await studio.arrived()
    for role in (Role.USER, Role.SU):
        stranger = UserCaller(uuid4(), "stranger", role, frozenset({"projects_all"}))
        for about in (Sent(upload.id), Sent(object_key=upload.object_key)):
            with refused("upload_not_found"):
                await studio.complete(stranger, about, Origin())
    with refused("upload_not_found"):
        await studio.complete(studio.owner, Sent(uuid4()), Origin())
    with refused("upload_not_found"):
        await studio.complete(studio.owner, Sent(object_key="incoming/../etc"), Origin())
    assert await studio.keys() == {upload.object_key}


async def test_whoever_may_no_longer_see_the_project_completes_nothing_more_into_it(studio: Inboxes) -> None:
    account = user(role=Role.SU)
    await keep(studio, account)
    su = UserCaller(account.id, "su", Role.SU, frozenset({Permission.PROJECTS_ALL}))
    demoted = replace(su, role=Role.USER, permissions=frozenset())
    about = Announced("a.jpg", "image/jpeg", len(JPEG), project_id=studio.project.id)
    uploads = [(await studio.presign(su, about, Origin()))[0] for _ in range(2)]
    for upload in uploads:
        await studio.send(upload)
    done = await studio.complete(su, Sent(uploads[0].id), Origin())
    assert await studio.complete(demoted, Sent(uploads[0].id), Origin()) == done
    with refused("project_not_found"):
        await studio.complete(demoted, Sent(uploads[1].id), Origin())
    assert await studio.keys() == {done.file_key, uploads[1].object_key}
    assert studio.counted.files_count == 1


async def test_nothing_sent_yet_can_be_sent_after_all(studio: Inboxes) -> None:
    upload = await studio.announced()
    with refused("upload_not_arrived"):
        await studio.completed(upload)
    await studio.send(upload)
    assert (await studio.completed(upload)).done


async def test_nothing_sent_while_the_link_was_good(studio: Inboxes) -> None:
    upload = await studio.announced()
    studio.clock.advance(WRITABLE_FOR)
    with refused("upload_expired"):
        await studio.completed(upload)


async def test_what_was_sent_in_time_is_good_for_a_day(studio: Inboxes) -> None:
    early, late = await studio.arrived(), await studio.arrived()
    studio.clock.advance(ABANDONED_AFTER - timedelta(seconds=1))
    assert (await studio.completed(early)).done
    studio.clock.advance(timedelta(seconds=1))
    with refused("upload_expired"):
        await studio.completed(late)


@pytest.mark.parametrize(
    ("fields", "body", "code"),
    [
        ({}, JPEG + b"x", "upload_mismatch"),
        ({}, JPEG[:-1], "upload_mismatch"),
        ({"sha256": "0" * 64}, JPEG, "upload_mismatch"),
        ({"content_type": "image/png"}, JPEG, "upload_mismatch"),
        ({}, b"<html>".ljust(len(JPEG)), "upload_mismatch"),
        ({}, JPEG[:4] + bytes(len(JPEG) - 4), "unreadable_image"),
    ],
)
async def test_what_is_not_as_announced_is_refused_and_removed(
    studio: Inboxes, fields: dict[str, Any], body: bytes, code: str
) -> None:
    upload = await studio.announced(JPEG, **fields)
    await studio.send(upload, body)
    with refused(code):
        await studio.completed(upload)
    assert await studio.keys() == set()
    assert studio.rows.rows.files == {}
    with refused("upload_not_arrived"):
        await studio.completed(upload)


async def test_the_hash_can_be_told_at_last(studio: Inboxes) -> None:
    right, wrong = await studio.arrived(), await studio.arrived()
    assert (await studio.completed(right, sha256=sha256(JPEG))).done
    with refused("upload_mismatch"):
        await studio.completed(wrong, sha256="0" * 64)
    announced = await studio.arrived(sha256=sha256(JPEG))
    with refused("validation_failed"):
        await studio.completed(announced, sha256="0" * 64)
    assert (await studio.completed(announced)).done


async def test_a_key_and_an_id_of_different_uploads(studio: Inboxes) -> None:
    one, other = await studio.arrived(), await studio.arrived()
    with refused("validation_failed"):
        await studio.complete(studio.owner, Sent(one.id, other.object_key), Origin())


async def test_a_picture_too_big_to_decode_is_refused() -> None:
    studio = await inboxes(limits=DecodeLimits(max_pixels=100))
    upload = await studio.arrived()
    with refused("image_too_large"):
        await studio.completed(upload)
    assert await studio.keys() == set()


async def test_other_files_are_ready_at_once(studio: Inboxes) -> None:
    done = await studio.completed(await studio.arrived(PDF, content_type="application/pdf", filename="a.pdf"))
    file = await studio.file(done.file_id)  # type: ignore[arg-type]
    assert (file.status, file.mime_type, file.sha256) == (FileStatus.READY, "application/pdf", sha256(PDF))
    assert file.key.endswith(f"/files/{file.id}.pdf")
    assert studio.rows.rows.jobs == {}


@pytest.mark.parametrize("made", [Inboxes, Small])
async def test_films_are_looked_into_as_by_the_door_for_files(made: type[Inboxes]) -> None:
    studio = await made().open()
    done = await studio.completed(await studio.arrived(MP4, content_type="video/mp4", filename="a.mp4"))
    by_door = await studio.upload_file(studio.key, sent(MP4))
    assert done.status is by_door.status is FileStatus.PROCESSING
    (ours,) = [job for job in studio.rows.rows.jobs.values() if job.file_id == done.file_id]
    (theirs,) = [job for job in studio.rows.rows.jobs.values() if job.file_id == by_door.id]
    if made is Small:
        (claimed,) = [job for job in await studio.claim(9) if job.id == ours.id]
        await studio.run_job()(claimed)
        (ours,) = [job for job in studio.rows.rows.jobs.values() if job.file_id == done.file_id and job.id != ours.id]
    assert (ours.kind, ours.payload) == (theirs.kind, theirs.payload) == ("ProcessMedia", {})
    assert ours.unique_key == f"media:{done.file_id}"
    file = await studio.file(done.file_id)  # type: ignore[arg-type]
    assert (file.status, file.sha256) == (FileStatus.PROCESSING, sha256(MP4))


async def test_a_full_project_takes_no_more_and_keeps_what_was_sent(studio: Inboxes) -> None:
    upload = await studio.arrived()
    await studio.change(storage_limit_bytes=len(JPEG) - 1)
    with refused("quota_exceeded"):
        await studio.completed(upload)
    assert await studio.keys() == {upload.object_key}
    await studio.change(storage_limit_bytes=len(JPEG))
    assert (await studio.completed(upload)).done


async def test_what_is_announced_takes_room_until_it_is_abandoned(studio: Inboxes) -> None:
    await studio.change(storage_limit_bytes=2 * len(JPEG) + 1)
    first, second = await studio.announced(), await studio.announced()
    for crowding in (studio.announced(b"xx"), studio.upload_file(studio.key, sent(b"xx"))):
        with refused("quota_exceeded"):
            await crowding
    small = await studio.announced(b"x")
    for upload, body in ((first, JPEG), (small, b"x")):
        url = (await studio.upload_links(upload)).url
        expires, signature = (part.partition("=")[2] for part in url.partition("?")[2].split("&"))
        told = SentContent(upload.id, int(expires), signature, len(body), upload.content_type, once(body))
        studio.free_disk.free = len(body)
        with refused("storage_full"):
            await studio.receive(told)
        studio.free_disk.free = None
        await studio.receive(told)
    assert (await studio.completed(first)).done
    with refused("quota_exceeded"):
        await studio.announced(b"xx")
    studio.clock.advance(ABANDONED_AFTER)
    assert await studio.announced(b"x" * (second.size + 1), content_type="text/plain")


async def test_the_settings_may_have_become_narrower(studio: Inboxes) -> None:
    upload = await studio.arrived()
    await studio.change(settings=replace(studio.counted.settings, max_upload_bytes=1))
    with refused("upload_too_large"):
        await studio.completed(upload)
    upload = await studio.announced(size=1)
    await studio.send(upload, b"x")
    await studio.change(settings=replace(studio.counted.settings, allowed_types=("text/plain",)))
    with refused("upload_mismatch"):
        await studio.completed(upload)


async def test_a_project_in_the_bin_takes_nothing(studio: Inboxes) -> None:
    upload = await studio.arrived()
    await studio.change(deleted_at=studio.clock.now())
    with refused("project_not_found"):
        await studio.completed(upload)


@pytest.mark.parametrize(("policy", "code"), [("reject", "duplicate_file"), ("reuse", None)])
async def test_a_project_that_wants_each_file_once(policy: str, code: str | None) -> None:
    studio = await inboxes(settings={"on_duplicate": policy})
    there = await studio.uploaded()
    await studio.work_off()
    keys = await studio.keys()
    upload = await studio.arrived()
    if code:
        with refused(code):
            await studio.completed(upload)
    else:
        done = await studio.completed(upload)
        assert (done.file_id, done.file_key) == (there.id, there.key)
        assert await studio.completed(upload) == done
    assert await studio.keys() == keys
    assert set(studio.rows.rows.files) == {there.id}


async def test_bytes_sent_again_while_it_is_completed_come_too_late(studio: Inboxes) -> None:
    upload = await studio.arrived(OTHER.ljust(len(JPEG)), size=len(JPEG))

    async def send_again() -> None:
        await studio.send(upload, JPEG)

    # About to begin, about to commit, committed, about to move: what was looked at lies there no more.
    studio.steps.seen.clear()
    studio.steps.at = {3: send_again}
    done = await studio.completed(upload)
    file = await studio.file(done.file_id)  # type: ignore[arg-type]
    assert file.sha256 == sha256(await studio.body(file.key)) == sha256(JPEG)
    assert await studio.keys() == {file.key}
    assert set(studio.rows.rows.files) == {file.id}


async def test_bytes_that_were_there_only_while_somebody_looked_are_not_what_it_becomes(
    studio: Inboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store knows its bytes by their hash, so that those looked at first lie there again, unchanged."""
    read, reads, swapped = MemoryBlobs.read, 0, 0

    async def swapping(blobs: MemoryBlobs, key: str, **how: Any) -> AsyncIterator[bytes]:
        nonlocal reads
        other, reads = reads == swapped, reads + 1
        if other:
            await studio.send(upload, PDF.ljust(len(JPEG)))
        try:
            async for chunk in read(blobs, key, **how):
                yield chunk
        finally:
            if other:
                await studio.send(upload, JPEG)

    while True:
        upload = await studio.arrived()
        with monkeypatch.context() as patched:
            patched.setattr(MemoryBlobs, "read", swapping)
            done = await studio.completed(upload)
        file = await studio.file(done.file_id)  # type: ignore[arg-type]
        assert (file.mime_type, file.width, file.sha256) == ("image/jpeg", 400, sha256(JPEG)), swapped
        if reads <= swapped:
            break
        reads, swapped = 0, swapped + 1
    assert swapped >= 3


class Died(Exception):
    """The process was killed."""


async def die() -> None:
    raise Died


async def steps_of(studio: Inboxes) -> int:
    upload = await studio.arrived()
    studio.steps.seen.clear()
    await studio.completed(upload)
    return len(studio.steps.seen)


async def test_killed_at_any_step_it_can_be_completed_again() -> None:
    total = await steps_of(await inboxes())
    assert total > 6
    for step in range(total):
        studio = await inboxes()
        upload = await studio.arrived()
        studio.steps.seen.clear()
        studio.steps.at = {step: die}
        with pytest.raises(Died):
            await studio.completed(upload)
        studio.steps.at = {}
        done = await studio.completed(upload)
        assert await studio.keys() == {done.file_key}, step
        assert set(studio.rows.rows.files) == {done.file_id}, step
        assert studio.counted.files_count == 1
        assert studio.told == UPLOADED
        await studio.work_off()
        assert (await studio.file(done.file_id)).status is FileStatus.READY  # type: ignore[arg-type]


async def test_killed_with_other_bytes_sent_since_somebody_takes_its_place(studio: Inboxes) -> None:
    upload = await studio.arrived(OTHER.ljust(len(JPEG)), size=len(JPEG))
    studio.steps.seen.clear()
    studio.steps.at = {5: die}  # moved, not yet shown
    with pytest.raises(Died):
        await studio.completed(upload)
    await studio.send(upload, JPEG)
    with refused("upload_busy"):
        await studio.completed(upload)
    studio.clock.advance(PATIENCE)
    done = await studio.completed(upload)
    file = await studio.file(done.file_id)  # type: ignore[arg-type]
    assert file.sha256 == sha256(JPEG)
    assert await studio.keys() == {file.key}


async def test_an_outage_at_any_step_is_told_and_the_next_try_goes_well() -> None:
    async def away() -> None:
        raise Unavailable("the store does not answer")

    total = await steps_of(await inboxes())
    for step in range(total):
        studio = await inboxes()
        upload = await studio.arrived()
        studio.steps.seen.clear()
        studio.steps.at = {step: away}
        try:
            done = await studio.completed(upload)
        except Unavailable:
            done = await studio.completed(upload)
        assert await studio.keys() == {done.file_key}, step
        assert studio.counted.files_count == 1
        assert studio.told == UPLOADED


async def test_what_was_never_completed_is_swept_after_its_day(studio: Inboxes) -> None:
    sent, silent, done = await studio.arrived(), await studio.announced(), await studio.arrived()
    completed = await studio.completed(done)
    sweep = studio.sweep(uploads=studio.uploads)
    studio.clock.advance(ABANDONED_AFTER - timedelta(seconds=1))
    assert (await sweep()).uploads == 0
    assert sent.object_key in await studio.keys()
    studio.clock.advance(timedelta(seconds=1))
    assert (await sweep(dry_run=True)).uploads == 2
    assert (await sweep()).uploads == 2
    assert await studio.keys() == {completed.file_key}
    assert set(studio.rows.rows.presigned_uploads) == {done.id}
    for upload in (sent, silent):
        with refused("upload_not_found"):
            await studio.completed(upload)
    assert await studio.completed(done) == completed


async def test_what_is_sent_after_all_was_said_belongs_to_nobody(studio: Inboxes) -> None:
    upload = await studio.arrived()
    done = await studio.completed(upload)
    await studio.send(upload)
    assert await studio.completed(upload) == done
    studio.clock.advance(timedelta(days=1, seconds=1))
    swept = await studio.sweep(uploads=studio.uploads)()
    assert swept.orphans == 1
    assert await studio.keys() == {done.file_key}


async def test_a_crash_before_the_file_was_seen_leaves_nothing_for_ever(studio: Inboxes) -> None:
    upload = await studio.arrived()
    studio.steps.seen.clear()
    studio.steps.at = {5: die}
    with pytest.raises(Died):
        await studio.completed(upload)
    studio.clock.advance(timedelta(days=1, seconds=1))
    await studio.sweep(uploads=studio.uploads)()
    assert await studio.keys() == set()
    assert studio.rows.rows.files == {}
    assert studio.rows.rows.presigned_uploads == {}


async def test_what_was_announced_to_a_project_that_is_erased_is_swept_when_nothing_more_can_come(
    studio: Inboxes,
) -> None:
    erase = EraseProject(studio.store, studio.batches, studio.blobs, MemoryHistory(studio.rows))

    async def end(unit: UnitOfWork) -> None:
        return None

    sent, silent, done = await studio.arrived(), await studio.announced(), await studio.arrived()
    await studio.completed(done)
    await erase(studio.counted, end)
    assert studio.rows.rows.projects == {}
    for late in (sent, silent, done):
        await studio.send(late)
        with suppress(ProjectMissing):
            await studio.completed(late)
    sweep = studio.sweep(uploads=studio.uploads)
    studio.clock.advance(WRITABLE_FOR)
    assert (await sweep()).uploads == 0
    studio.clock.advance(LATE)
    assert (await sweep()).uploads == 3
    assert await studio.keys() == set()
    assert studio.rows.rows.presigned_uploads == {}


async def test_who_did_what_is_remembered(studio: Inboxes) -> None:
    upload = await studio.arrived()
    done = await studio.completed(upload)
    await studio.delete_asset(studio.owner, done.file_id, Origin(studio.owner.user_id))  # type: ignore[arg-type]
    told = [(entry.action, entry.subject) for entry in studio.rows.rows.audit]
    assert told == [
        ("asset.presigned", f"upload:{upload.id}"),
        ("asset.completed", f"asset:{done.file_id}"),
        ("asset.deleted", f"asset:{done.file_id}"),
    ]
    assert {entry.project_id for entry in studio.rows.rows.audit} == {studio.project.id}


@pytest.mark.parametrize(("told", "status"), [(None, "ready"), (sha256(JPEG), "ready"), ("0" * 64, "failed")])
async def test_a_large_picture_is_hashed_before_anything_is_made_of_it(told: str | None, status: str) -> None:
    studio = await Small().open()
    done = await studio.completed(await studio.arrived(sha256=told))
    assert done.status is FileStatus.PROCESSING
    jobs = await studio.work_off()
    file = await studio.file(done.file_id)  # type: ignore[arg-type]
    assert file.status == status
    if status == "ready":
        assert file.sha256 == sha256(JPEG)
        assert [job.kind for job in jobs] == ["HashFile", "ProcessImage"]
        assert {variant.status for variant in file.variants} == {"ready"}
    else:
        assert "sha256" in (file.reason or "")
        assert [job.status for job in jobs] == [JobStatus.FAILED]


async def test_a_large_file_is_ready_once_it_is_hashed() -> None:
    studio = await Small().open()
    done = await studio.completed(await studio.arrived(PDF, content_type="application/pdf"))
    (job,) = await studio.work_off()
    assert job.status is JobStatus.COMPLETED
    file = await studio.file(done.file_id)  # type: ignore[arg-type]
    assert (file.status, file.sha256) == (FileStatus.READY, sha256(PDF))


async def test_a_large_file_deleted_meanwhile_is_no_error() -> None:
    studio = await Small().open()
    done = await studio.completed(await studio.arrived(PDF, content_type="application/pdf"))
    await studio.remove(await studio.file(done.file_id))  # type: ignore[arg-type]
    (job,) = await studio.work_off()
    assert job.status is JobStatus.COMPLETED


async def test_many_who_first_come_at_once_get_one_project(studio: Inboxes) -> None:
    async def give_way() -> None:
        await asyncio.sleep(0)

    studio.steps.everywhere = give_way
    made = await asyncio.gather(*(studio.personal(studio.owner, Origin()) for _ in range(6)))
    assert len({project.id for project in made}) == 1
    assert len(studio.rows.rows.projects) == 2
    assert made[0].settings.variants["thumbnail"].width == 300


async def test_who_threw_their_project_away_gets_another(studio: Inboxes) -> None:
    first = await studio.personal(studio.owner, Origin())
    async with studio.store.begin() as unit:
        await unit.projects.save(first.deleted(studio.clock.now()))
        await unit.commit()
    assert await studio.personal.existing(studio.owner) is None
    second = await studio.personal(studio.owner, Origin())
    assert second.id != first.id
    assert await studio.personal(studio.owner, Origin()) == second
