"""`darkroom jobs`, `sync-variants` and `sweep`, on a small installation."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from application.jobs.finish_job import held, job_update
from domain.access import Role, UserCaller
from domain.audit import Origin
from domain.identity import User
from domain.jobs import Job, JobKind, JobStatus
from domain.media import FileStatus, MediaFile
from domain.media_kinds import MediaKind
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom as Room
from entrypoints.wiring.parts import opened
from tests.conftest import ROOT
from tests.servers.process import ending_with_us
from tests.unit.entrypoints.cli.typed import Darkroom

pytestmark = pytest.mark.slow

ERROR = "the picture\x1b[31m [bold]cannot be read[/]"
DAY = 24 * 3600


@dataclass(frozen=True)
class Installed:
    """What there is: a project with a picture, a job that failed and one that waits."""

    project: UUID
    failed: UUID
    waiting: UUID


@pytest.fixture
def there(darkroom: Darkroom, folder: Path) -> Installed:
    assert darkroom("migrate").code == 0
    return asyncio.run(installed())


async def installed() -> Installed:
    room = Room(settings=load_settings())
    database = room.database()
    async with opened([*database.held, *room.blobs().held]):
        now, owner = room.clock().now(), uuid4()
        async with database.store.begin() as unit:
            await unit.users.add(User(owner, "owner", "owner@example.com", None, Role.USER, True, now, now))
            await unit.commit()
        variants = {"thumb": {"format": "webp", "width": 10}, "wide": {"format": "avif", "width": 20}}
        project = await room.projects().create_project()(
            UserCaller(owner, "owner", Role.USER, frozenset()), "shop", Origin(), settings={"variants": variants}
        )
        file_id = uuid4()
        key = f"{project.slug}-{project.id}/images/original/{file_id}.png"
        async with database.store.begin() as unit:
            await unit.files.add(
                MediaFile(
                    id=file_id,
                    project_id=project.id,
                    filename="a.png",
                    kind=MediaKind.IMAGE,
                    mime_type="image/png",
                    key=key,
                    status=FileStatus.READY,
                    created_at=now,
                    updated_at=now,
                    size=1,
                    sha256="0" * 64,
                    width=100,
                    height=50,
                )
            )
            await unit.commit()
        for name in (key, f"{project.slug}-{project.id}/images/original/{uuid4()}.png"):
            await room.blobs().store.put(name, one_byte(), content_type="image/png")
        failed = await failed_job(room, project.id)
        waiting = Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, now, project_id=project.id)
        async with database.store.begin() as unit:
            await unit.jobs.add(waiting)
            await unit.commit()
    return Installed(project.id, failed, waiting.id)


async def failed_job(room: Room, project_id: UUID) -> UUID:
    fresh = Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, room.clock().now(), project_id=project_id)
    async with room.database().store.begin() as unit:
        await unit.jobs.add(fresh)
        await unit.commit()
    (job,) = await room.database().queue.claim(slots=1, lease=timedelta(minutes=1))
    async with room.database().store.begin() as unit:
        await unit.jobs.fail(held(job), error=ERROR)
        await unit.events.add(job_update(job, JobStatus.FAILED, job.updated_at, error=ERROR))
        await unit.commit()
    return job.id


async def one_byte() -> AsyncIterator[bytes]:
    yield b"x"


def test_listing(darkroom: Darkroom, there: Installed) -> None:
    told = json.loads(darkroom("jobs", "list", "--json").out)
    assert (told["total"], [job["id"] for job in told["jobs"]]) == (2, [str(there.waiting), str(there.failed)])
    assert [job["state"] for job in told["jobs"]] == ["waiting", "failed"]
    failed = json.loads(darkroom("jobs", "list", "--json", "--status", "failed").out)
    assert [job["id"] for job in failed["jobs"]] == [str(there.failed)]
    assert json.loads(darkroom("jobs", "list", "--json", "--project", str(uuid4())).out) == {"jobs": [], "total": 0}
    assert len(json.loads(darkroom("jobs", "list", "--json", "--limit", "1").out)["jobs"]) == 1


def test_the_list_for_people_shows_what_strangers_sent_as_it_is(darkroom: Darkroom, there: Installed) -> None:
    answer = darkroom("jobs", "list", COLUMNS="200")
    assert answer.code == 0
    assert {str(there.failed), str(there.waiting), "[bold]cannot", "waiting", "failed"} <= set(answer.out.split())
    assert "\x1b" not in answer.out
    assert answer.out.splitlines()[-1] == "2 of 2 jobs"


def test_one_job_with_its_history(darkroom: Darkroom, there: Installed) -> None:
    told = json.loads(darkroom("jobs", "show", str(there.failed), "--json").out)
    assert [(step["status"], step["attempts"], step["error"]) for step in told["history"]] == [("failed", 1, ERROR)]
    shown = darkroom("jobs", "show", str(there.failed), COLUMNS="200").out
    assert {"what", "happened", "ProcessImage", str(there.failed)} <= set(shown.split())
    assert "\x1b" not in shown


@pytest.mark.parametrize("command", ["show", "retry", "cancel"])
def test_a_job_that_is_not_there_is_one_line(darkroom: Darkroom, there: Installed, command: str) -> None:
    assert "there is no" in darkroom("jobs", command, str(uuid4())).refusal
    assert darkroom("jobs", command, "nonsense").code == 2


def test_trying_again_and_calling_off(darkroom: Darkroom, there: Installed) -> None:
    assert darkroom("jobs", "retry", str(there.failed)).out == f"the job {there.failed} is due again\n"
    assert "the job is" in darkroom("jobs", "retry", str(there.failed)).refusal
    told = json.loads(darkroom("jobs", "cancel", str(there.waiting), "--json").out)
    assert (told["id"], told["status"]) == (str(there.waiting), "cancelled")
    assert "cancelled already" in darkroom("jobs", "cancel", str(there.waiting)).refusal
    counts = json.loads(darkroom("jobs", "stats", "--json").out)
    assert counts == {"waiting": 1, "active": 0, "completed": 0, "failed": 0, "delayed": 0, "cancelled": 1}
    assert darkroom("jobs", "stats").out.splitlines()[0].split() == ["waiting", "1"]


def test_a_sync_is_planned_before_it_is_asked_for(darkroom: Darkroom, there: Installed) -> None:
    project = str(there.project)
    plan = json.loads(darkroom("sync-variants", project, "--dry-run", "--json").out)
    assert plan["files"] == 1
    assert [(each["name"], each["create"], each["replace"], each["drop"]) for each in plan["variants"]] == [
        ("thumb", 1, 0, 0),
        ("wide", 1, 0, 0),
    ]
    shown = darkroom("sync-variants", project, "--dry-run").out
    assert "1 files have something to do" in shown
    assert json.loads(darkroom("jobs", "list", "--json").out)["total"] == 2
    first, second = (json.loads(darkroom("sync-variants", project, "--json").out) for _ in range(2))
    assert (first["jobs_queued"], second["jobs_queued"]) == (1, 0)
    assert "takes care of it" in darkroom("sync-variants", project).out
    assert json.loads(darkroom("jobs", "list", "--json").out)["total"] == 3


def test_waiting_for_a_sync_ends_with_the_last_job(darkroom: Darkroom, there: Installed) -> None:
    for job in json.loads(darkroom("jobs", "list", "--json", "--status", "pending").out)["jobs"]:
        darkroom("jobs", "cancel", job["id"])
    assert asyncio.run(sync_and_work(there.project)) == "queued the sync; all is done\n"
    counts = json.loads(darkroom("jobs", "stats", "--json").out)
    assert (counts["waiting"], counts["active"], counts["completed"]) == (0, 0, 1)


async def sync_and_work(project_id: UUID) -> str:
    """What the command, in a process of its own, says while somebody ends its job."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "entrypoints.cli",
        "sync-variants",
        str(project_id),
        "--wait",
        env={"DATA_DIR": os.environ["DATA_DIR"], "PYTHONPATH": str(ROOT / "src")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        preexec_fn=ending_with_us(),
    )
    room = Room(settings=load_settings())
    async with opened(room.database().held), asyncio.timeout(30):
        while not (jobs := await room.database().queue.claim(slots=1, lease=timedelta(minutes=1))):
            await asyncio.sleep(0.1)
        async with room.database().store.begin() as unit:
            await unit.jobs.complete(held(jobs[0]))
            await unit.commit()
    out, _ = await child.communicate()
    return out.decode()


@pytest.mark.parametrize("words", [["--dry-run"], []])
def test_a_project_that_is_not_there_is_one_line(darkroom: Darkroom, there: Installed, words: list[str]) -> None:
    assert "there is no project" in darkroom("sync-variants", str(uuid4()), *words).refusal


def test_sweeping_takes_what_is_old_and_nobodys(darkroom: Darkroom, there: Installed, folder: Path) -> None:
    blobs = sorted(path for path in (folder / "data").rglob("*.png"))
    assert len(blobs) == 2
    young = json.loads(darkroom("sweep", "--json").out)
    assert (young["orphans"], young["looked_at"]) == (0, 2)
    for path in blobs:
        os.utime(path, times=(time.time() - 30 * DAY,) * 2)
    dry = json.loads(darkroom("sweep", "--dry-run", "--json").out)
    assert (dry["dry_run"], dry["orphans"], dry["orphan_bytes"]) == (True, 1, 1)
    assert "would remove" in darkroom("sweep", "--dry-run").out
    assert all(path.exists() for path in blobs)
    swept = darkroom("sweep")
    assert swept.code == 0
    assert "1 blobs of nobody (1 B)" in swept.out
    assert [path.exists() for path in blobs].count(True) == 1


@pytest.mark.parametrize("words", [["jobs", "list"], ["jobs", "stats"], ["sweep"], ["sync-variants", str(uuid4())]])
def test_before_the_tables_are_there_it_says_what_to_run(darkroom: Darkroom, words: list[str]) -> None:
    assert "darkroom migrate" in darkroom(*words).refusal


@pytest.mark.parametrize("command", ["list", "show", "retry", "cancel", "stats"])
def test_every_command_teaches(darkroom: Darkroom, command: str) -> None:
    answer = darkroom("jobs", command, "--help")
    assert answer.code == 0
    assert f"darkroom jobs {command}" in answer.out
    assert len(answer.out.splitlines()) >= 6


def test_where_jobs_stand_is_told_in_both_tongues(darkroom: Darkroom) -> None:
    told = " ".join(darkroom("jobs", "list", "--help").out.split())
    assert "waiting and delayed ones are 'pending', active ones 'processing'" in told
