"""`darkroom sync-variants`: a project's pictures brought in line with its settings."""

import asyncio
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from domain.access import EVERYTHING, Scope
from domain.jobs import JobCounts
from domain.projects import Project, ProjectMissing
from domain.sync import SyncPlan
from entrypoints.cli.installation import OPERATOR, on_the_spot
from entrypoints.cli.speech import Json, in_units, say
from entrypoints.wiring.container import Darkroom

LOOKS_EVERY = 0.5


def sync_variants(
    project: Annotated[UUID, typer.Argument(metavar="PROJECT", help="The id of the project.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    wait: Annotated[bool, typer.Option("--wait", help="Stay until the project's jobs have ended.")] = False,
    json: Json = False,
) -> None:
    """Bring a project's pictures in line with its settings.

    Makes the variants that are missing or of an older recipe, drops those that are not wanted any more, and touches
    nothing else. The work is queued, and done by the workers that run ('darkroom up' or 'darkroom worker').

    See first what it would come to: darkroom sync-variants PROJECT --dry-run
    """

    async def work(room: Darkroom) -> None:
        found = await _project(room, project)
        if dry_run:
            plan = await room.projects().plan_sync()(found)
            print_plan(plan, as_json=json)
            return
        before = await _counts(room, project)
        queued = await room.projects().request_sync()(OPERATOR, project)
        failed = await _followed(room, project, before, shown=not json) if wait else 0
        told = "queued the sync" if queued else "a sync is waiting or under way already, and takes care of it"
        ending = f"; {failed} jobs failed, see 'darkroom jobs list --status failed'" if failed else "; all is done"
        say(json, {"jobs_queued": int(queued), "failed": failed}, told + (ending if wait else ""))
        if failed:
            raise typer.Exit(1)

    on_the_spot(work)


def print_plan(plan: SyncPlan, *, as_json: bool) -> None:
    """For scripts or for people."""
    if as_json:
        say(True, asdict(plan), "")
        return
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in ("variant", "create", "replace", "drop", "about"):
        table.add_column(name, justify="left" if name == "variant" else "right")
    for each in plan.variants:
        table.add_row(
            Text(each.name), str(each.create), str(each.replace), str(each.drop), in_units(each.estimated_bytes)
        )
    if plan.variants:
        Console().print(table)
    print(f"{plan.files} files have something to do; about {in_units(plan.estimated_bytes)} would be written")
    if plan.source_missing:
        print(f"{plan.source_missing} files lack variants that cannot be made: their originals were not kept")


async def _project(room: Darkroom, project_id: UUID) -> Project:
    found: Project | None = await room.database().projects.get(EVERYTHING, project_id)
    if found is None or not found.open:
        raise ProjectMissing(f"there is no project {project_id}")
    return found


async def _counts(room: Darkroom, project_id: UUID) -> JobCounts:
    counts: JobCounts = await room.database().jobs.counts(Scope(project_id=project_id))
    return counts


async def _followed(room: Darkroom, project_id: UUID, before: JobCounts, *, shown: bool) -> int:
    """Watch until the project has no job left that has not ended; how many failed meanwhile."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    ended_before = _ended(before)
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not (shown and console.is_terminal)) as progress:
        bar = progress.add_task("jobs", total=None)
        while True:
            counts = await _counts(room, project_id)
            ended = _ended(counts) - ended_before
            left = counts.waiting + counts.active + counts.delayed
            progress.update(bar, completed=ended, total=ended + left)
            if not left:
                return counts.failed - before.failed
            await asyncio.sleep(LOOKS_EVERY)


def _ended(counts: JobCounts) -> int:
    return counts.completed + counts.failed + counts.cancelled
