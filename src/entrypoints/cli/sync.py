"""`darkroom sync-variants`: a project's pictures brought in line with its settings."""

import asyncio
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from domain.access import Scope
from domain.jobs import JobCounts
from domain.sync import SyncPlan
from entrypoints.cli.installation import OPERATOR, find_project, on_the_spot
from entrypoints.cli.speech import in_units, say
from entrypoints.wiring.container import Darkroom

LOOKS_EVERY = 0.5


def bring_in_line(data_dir: Path | None, named: str, *, dry_run: bool, wait: bool, as_json: bool) -> None:
    """Queue a sync of the project, or show what it would come to."""

    async def work(room: Darkroom) -> None:
        found = await find_project(room, named)
        if dry_run:
            plan = await room.projects().plan_sync()(found)
            print_plan(plan, as_json=as_json)
            return
        before = await _counts(room, found.id)
        queued = await room.projects().request_sync()(OPERATOR, found.id)
        failed = await _followed(room, found.id, before, shown=not as_json) if wait else 0
        told = "queued the sync" if queued else "a sync is waiting or under way already, and takes care of it"
        ending = f"; {failed} jobs failed, see 'darkroom jobs list --status failed'" if failed else "; all is done"
        say(as_json, {"jobs_queued": int(queued), "failed": failed}, told + (ending if wait else ""))
        if failed:
            raise typer.Exit(1)

    on_the_spot(work, data_dir)


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
