"""`darkroom ingest`: bringing media in."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from application.ingest.source import Intake
from application.ports.ingested import IngestStatus
from domain.errors import DarkroomError, Invalid
from domain.jobs import Job, JobKind, LeaseLost
from domain.projects import Project
from entrypoints.cli.installation import OPERATOR, on_the_spot
from entrypoints.cli.speech import plain, say
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened

MOST_TOLD = 20
BRINGING = (JobKind.INGEST_MEDIA, JobKind.INGEST_OBJECT)


def bring_in(data_dir: Path | None, *, now: bool, as_json: bool) -> None:
    """Queue a look through the source, or do all of it at once."""

    async def work(room: Darkroom) -> None:
        async with opened(room.ingest().held()):
            intake = room.ingest().intake()
            if intake is None:
                raise Invalid("there is nothing to bring in: set INGEST_SOURCE and INGEST_PROJECT")
            project = await room.ingest().find_project()(intake)
            queued = await room.ingest().refresh_media()(OPERATOR)
            if now:
                await _bring_in(room, intake, project, shown=not as_json)
            await _tell(room, intake, project, queued, now=now, as_json=as_json)

    on_the_spot(work, data_dir)


async def _bring_in(room: Darkroom, intake: Intake, project: Project, *, shown: bool) -> None:
    """Do what a worker would, until nothing is left; workers that run meanwhile take their part."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[found]}"), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not shown or not console.is_terminal) as progress:
        bar = progress.add_task("bringing media in", total=None, found="")
        while jobs := await room.work().claim_job()(room.settings().concurrency, BRINGING):
            ended = await asyncio.gather(*(room.work().run_job()(job) for job in jobs))
            _refuse_blind_looks(jobs, ended)
            counts = await room.database().ingested.counts(project.id, intake.source.name)
            done = counts[IngestStatus.KEPT] + counts[IngestStatus.FAILED]
            total = done + counts[IngestStatus.WAITING]
            progress.update(bar, total=total, completed=done, found=f"{done} of {total}")


def _refuse_blind_looks(jobs: Sequence[Job], ended: Sequence[Exception | None]) -> None:
    """Objects that fail are told of one by one; a source that cannot be looked through is no source without news."""
    for job, error in zip(jobs, ended, strict=True):
        if job.kind == JobKind.INGEST_MEDIA and isinstance(error, DarkroomError) and not isinstance(error, LeaseLost):
            raise error


async def _tell(room: Darkroom, intake: Intake, project: Project, queued: int, *, now: bool, as_json: bool) -> None:
    reads, name = room.database().ingested, intake.source.name
    counts = await reads.counts(project.id, name)
    failed = await reads.failed(project.id, name, MOST_TOLD)
    facts: dict[str, Any] = {
        "source": name,
        "project_id": str(project.id),
        "jobs_queued": queued,
        **{str(status): count for status, count in counts.items()},
        "failures": [{"key": each.version.key, "reason": each.reason} for each in failed],
    }
    began = "looked through" if now else "queued a look through" if queued else "a look is queued already through"
    kept, bad, waiting = (counts[s] for s in (IngestStatus.KEPT, IngestStatus.FAILED, IngestStatus.WAITING))
    lines = [f"{began} {name}; {kept} brought in so far, {waiting} waiting, {bad} failed"]
    lines += [f"  {plain(each.version.key)}: {plain(each.reason or '')}" for each in failed]
    say(as_json, facts, "\n".join(lines))
    if now and bad:
        raise typer.Exit(1)
