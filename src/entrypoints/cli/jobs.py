"""`darkroom jobs`: what is to be done, and telling it what to do."""

import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.access import EVERYTHING
from domain.events import EventKind
from domain.jobs import Job, JobMissing, JobStatus
from domain.pages import PageRequest
from entrypoints.cli.installation import OPERATOR, on_the_spot
from entrypoints.cli.speech import plain, say
from entrypoints.http.schemas.jobs import JobBody, JobHistoryBody, state_of
from entrypoints.wiring.container import Darkroom

WIDE = 1000


def show_jobs(
    data_dir: Path | None, status: JobStatus | None, project: UUID | None, limit: int, *, as_json: bool
) -> None:
    """A table of jobs."""

    async def look(room: Darkroom) -> None:
        page = await room.database().jobs.page(EVERYTHING, status, PageRequest(size=limit), project_id=project)
        now = room.clock().now()
        if as_json:
            told = [JobBody.of(job, now).model_dump(mode="json") for job in page.items]
            say(True, {"jobs": told, "total": page.total}, "")
        else:
            _show_table(page.items, page.total, now)

    on_the_spot(look, data_dir)


def show_job(data_dir: Path | None, job_id: UUID, *, as_json: bool) -> None:
    """One job, with its history."""

    async def look(room: Darkroom) -> None:
        database = room.database()
        job = await database.jobs.get(EVERYTHING, job_id)
        if job is None:
            raise JobMissing(f"there is no job {job_id}; 'darkroom jobs list' shows those there are")
        events = await database.events.of_job(EVERYTHING, job_id)
        steps = [event for event in events if event.kind == EventKind.JOB_UPDATE]
        body = JobHistoryBody.with_history(job, steps, room.clock().now())
        if as_json:
            print(body.model_dump_json())
        else:
            _show_one(body)

    on_the_spot(look, data_dir)


def retry_job(data_dir: Path | None, job_id: UUID, *, as_json: bool) -> None:
    """Make a job due again."""
    _change(data_dir, job_id, as_json, lambda room: room.work().retry_job()(OPERATOR, job_id), "is due again")


def cancel_job(data_dir: Path | None, job_id: UUID, *, as_json: bool) -> None:
    """Cancel a job."""
    _change(data_dir, job_id, as_json, lambda room: room.work().cancel_job()(OPERATOR, job_id), "is cancelled")


def count_jobs(data_dir: Path | None, *, as_json: bool) -> None:
    """How many jobs are in each state."""

    async def look(room: Darkroom) -> None:
        counts = asdict(await room.database().jobs.counts(EVERYTHING))
        say(as_json, counts, "\n".join(f"{name:<10} {count}" for name, count in counts.items()))

    on_the_spot(look, data_dir)


def _change(
    data_dir: Path | None, job_id: UUID, as_json: bool, change: Callable[[Darkroom], Awaitable[Job]], outcome: str
) -> None:
    async def changing(room: Darkroom) -> None:
        job = await change(room)
        body = JobBody.of(job, room.clock().now())
        say(as_json, body.model_dump(mode="json"), f"the job {job_id} {outcome}")

    on_the_spot(changing, data_dir)


def _show_table(items: Sequence[Job], total: int, now: datetime) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("id", "kind", "state", "tries", "%", "changed", "error"):
        table.add_column(name, no_wrap=name != "error")
    for job in items:
        tries = f"{job.attempts}/{job.max_attempts}"
        cells = (str(job.id), job.kind, state_of(job, now), tries, str(job.progress), _when(job.updated_at))
        table.add_row(*_texts([*cells, job.last_error or ""]))
    if items:
        # Ids are there to be copied: what has no terminal has no width either.
        Console(width=None if sys.stdout.isatty() else WIDE).print(table)
    print(f"{len(items)} of {total} jobs")


def _show_one(body: JobHistoryBody) -> None:
    facts = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in body.model_dump(mode="json", exclude={"history", "asset_id", "status"}).items():
        if value not in (None, {}):
            facts.add_row(*_texts([name, str(value)]))
    steps = Table(title="what happened", title_justify="left", box=None, padding=(0, 2, 0, 0))
    for column in ("at", "status", "attempt", "error"):
        steps.add_column(column)
    for step in body.history:
        steps.add_row(*_texts([_when(step.at), step.status or "", str(step.attempts or ""), step.error or ""]))
    Console().print(facts)
    if body.history:
        Console().print(steps)


def _texts(cells: Iterable[str]) -> list[Text]:
    """Errors quote what strangers sent: shown as it is, with neither markup nor control characters in it."""
    return [Text(plain(cell)) for cell in cells]


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
