"""`darkroom sweep`: taking away what crashes left behind."""

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from application.maintenance.sweep_orphans import Swept
from entrypoints.cli.installation import on_the_spot
from entrypoints.cli.speech import in_units, say
from entrypoints.wiring.container import Darkroom


def remove_orphans(data_dir: Path | None, *, dry_run: bool, as_json: bool) -> None:
    """Remove what crashes left behind, or only say what."""

    async def work(room: Darkroom) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[found]}"))
        console = Console(stderr=True)
        hidden = as_json or not console.is_terminal
        with Progress(*columns, TimeElapsedColumn(), console=console, disable=hidden) as progress:
            bar = progress.add_task("looking through the store", total=None, found="")
            swept = await room.work().sweep_orphans()(
                dry_run=dry_run, tell=lambda swept: progress.update(bar, found=_so_far(swept))
            )
            progress.update(bar, total=1, completed=1)
        say(as_json, {"dry_run": dry_run, **asdict(swept)}, in_words(swept, dry_run=dry_run))

    on_the_spot(work, data_dir)


def in_words(swept: Swept, *, dry_run: bool) -> str:
    """What became of it all."""
    done = "would remove" if dry_run else "removed"
    unfinished = "" if dry_run else f" and {swept.unfinished} unfinished pieces"
    told = (
        f"looked at {swept.looked_at} blobs; {done} {swept.arrivals} uploads that never ended, "
        f"{swept.uploads} that were only announced, "
        f"{swept.orphans} blobs of nobody ({in_units(swept.orphan_bytes)}){unfinished}"
    )
    return f"{told}; {swept.foreign} blobs are none of ours and stay" if swept.foreign else told


def _so_far(swept: Swept) -> str:
    return f"{swept.looked_at} blobs, {swept.orphans} of nobody"
