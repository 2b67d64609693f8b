"""`darkroom jobs`: what is to be done, and telling it what to do."""

import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.access import EVERYTHING
from domain.events import EventKind
from domain.jobs import Job, JobMissing, JobStatus
from domain.pages import PageRequest
from entrypoints.cli.installation import OPERATOR, on_the_spot
from entrypoints.cli.speech import Json, plain, say
from entrypoints.http.schemas.jobs import JobBody, JobHistoryBody, state_of
from entrypoints.wiring.container import Darkroom

jobs = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Look at jobs, and tell them what to do.\n\n"
    "A job is a picture whose variants are to be made, a project to be brought in line with its settings, or "
    "housekeeping. It waits, is being done (active), and ends as completed, failed or cancelled; one that failed "
    "for a reason that passes is tried again later (delayed).",
)

WIDE = 1000

JobId = Annotated[UUID, typer.Argument(metavar="ID", help="The job, as 'darkroom jobs list' shows it.")]


@jobs.command("list")
def list_jobs(
    status: Annotated[
        JobStatus | None,
        typer.Option(
            help="Only jobs that stand there; waiting and delayed ones are 'pending', active ones 'processing'."
        ),
    ] = None,
    project: Annotated[UUID | None, typer.Option(metavar="ID", help="Only jobs of this project.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    json: Json = False,
) -> None:
    """Show jobs, the newest first.

    See why some failed: darkroom jobs list --status failed
    """

    async def look(room: Darkroom) -> None:
        page = await room.database().jobs.page(EVERYTHING, status, PageRequest(size=limit), project_id=project)
        now = room.clock().now()
        if json:
            told = [JobBody.of(job, now).model_dump(mode="json") for job in page.items]
            say(True, {"jobs": told, "total": page.total}, "")
        else:
            _show_table(page.items, page.total, now)

    on_the_spot(look)


@jobs.command()
def show(job_id: JobId, json: Json = False) -> None:
    """Show one job.

    With everything that happened to it: every attempt, and the error of each.
    """

    async def look(room: Darkroom) -> None:
        database = room.database()
        job = await database.jobs.get(EVERYTHING, job_id)
        if job is None:
            raise JobMissing(f"there is no job {job_id}; 'darkroom jobs list' shows those there are")
        events = await database.events.of_job(EVERYTHING, job_id)
        steps = [event for event in events if event.kind == EventKind.JOB_UPDATE]
        body = JobHistoryBody.with_history(job, steps, room.clock().now())
        if json:
            print(body.model_dump_json())
        else:
            _show_one(body)

    on_the_spot(look)


@jobs.command()
def retry(job_id: JobId, json: Json = False) -> None:
    """Do a job once more.

    One that failed or was cancelled is due again at once, with all its attempts, and its file waits again.
    """
    _told(job_id, json, lambda room: room.work().retry_job()(OPERATOR, job_id), "is due again")


@jobs.command()
def cancel(job_id: JobId, json: Json = False) -> None:
    """Give a job up.

    One that waits will not be done, and a worker that is at it stops; what it has made already stays.
    """
    _told(job_id, json, lambda room: room.work().cancel_job()(OPERATOR, job_id), "is cancelled")


@jobs.command()
def stats(json: Json = False) -> None:
    """Count jobs by where they stand.

    'waiting' are due now and 'delayed' later, 'active' are being done, the others have ended.
    """

    async def look(room: Darkroom) -> None:
        counts = asdict(await room.database().jobs.counts(EVERYTHING))
        say(json, counts, "\n".join(f"{name:<10} {count}" for name, count in counts.items()))

    on_the_spot(look)


def _told(job_id: UUID, json: bool, tell: Callable[[Darkroom], Awaitable[Job]], outcome: str) -> None:
    async def telling(room: Darkroom) -> None:
        job = await tell(room)
        body = JobBody.of(job, room.clock().now())
        say(json, body.model_dump(mode="json"), f"the job {job_id} {outcome}")

    on_the_spot(telling)


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
