"""`darkroom upload`: files and whole folders, side by side."""

import asyncio
import json as json_format
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from application.for_each import for_each
from entrypoints.cli.sending import Moved, Outcome, Result, SendAs, Sending
from entrypoints.cli.speech import failure, plain
from entrypoints.settings import load_settings
from entrypoints.version import VERSION

MOST_AT_ONCE = 32
PATIENCE = httpx2.Timeout(300, connect=10)

Send = Callable[[Path], Awaitable[Outcome]]
Tell = Callable[[Outcome], None]


def upload(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATHS", help="Files, and folders with all that is in them.", exists=True)
    ],
    project: Annotated[
        UUID | None, typer.Option(help="The project they go to; not needed with an API key, which belongs to one.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="Where Darkroom is; the one set up here unless said.")] = None,
    key: Annotated[
        str | None, typer.Option(envvar="DARKROOM_API_KEY", help="An API key, or an access token with --project.")
    ] = None,
    pictures: Annotated[
        bool | None,
        typer.Option("--image/--file", help="Everything is a picture, or all is kept as it is; else the bytes decide."),
    ] = None,
    parallel: Annotated[int, typer.Option(min=1, max=MOST_AT_ONCE, help="How many at once.")] = 4,
    json: Annotated[bool, typer.Option("--json", help="A line of JSON for each file, and one for all.")] = False,
) -> None:
    """Upload files and folders.

    Pictures get their variants, anything else is kept as it is. What the project has already, byte for byte, is
    skipped, so after an interruption the same command goes on where it stopped. The exit code is 1 when some failed.
    """
    if not key:
        failure("say who you are: --key, or the variable DARKROOM_API_KEY")
    send_as = {True: SendAs.IMAGE, False: SendAs.FILE, None: SendAs.AUTOMATIC}[pictures]
    found = [path for each in paths for path in files_below(each)]
    base = url or load_settings().address
    headers = {"Authorization": f"Bearer {key}", "User-Agent": f"darkroom/{VERSION}", "Accept-Encoding": "identity"}

    async def run(tell: Tell, moved: Moved) -> None:
        limits = httpx2.Limits(max_connections=parallel)
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE, limits=limits) as client:
            send = Sending(client, str(project) if project else None, send_as, moved)
            await send_each(found, send, tell, parallel)

    counts: Counter[Result] = Counter()
    with _telling(found, counts, json=json) as (tell, moved):
        asyncio.run(run(tell, moved))
    _sum_up(counts, json=json)
    if counts[Result.FAILED]:
        raise typer.Exit(1)


async def send_each(paths: list[Path], send: Send, tell: Tell, parallel: int) -> None:
    """Each path once, so many at a time, told as they end."""

    async def send_and_tell(path: Path) -> None:
        tell(await send(path))

    await for_each(paths, send_and_tell, at_once=parallel)


def files_below(path: Path) -> Iterator[Path]:
    """The file itself, or those in a folder and its folders; what is hidden there stays so."""
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            inside = Path(folder, name)
            if not name.startswith(".") and inside.is_file():
                yield inside


@contextmanager
def _telling(paths: list[Path], counts: Counter[Result], *, json: bool) -> Iterator[tuple[Tell, Moved]]:
    """How each outcome is told, and how bytes on their way are shown: on a terminal as a bar."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=json or not console.is_terminal, transient=True) as progress:
        bar = progress.add_task(f"{len(paths)} files", total=sum(map(_size, paths)))

        def tell(outcome: Outcome) -> None:
            counts[outcome.result] += 1
            progress.update(bar, description=f"{counts.total()}/{len(paths)} files")
            if json:
                print(json_format.dumps(outcome.facts()), flush=True)
            elif outcome.result is Result.FAILED:
                line = plain(f"{outcome.path}: {outcome.error}")
                progress.console.print(line, style="red", markup=False, highlight=False)
            elif progress.disable:
                print(plain(f"{outcome.result}  {outcome.path}  {outcome.url or ''}").rstrip(), flush=True)

        yield tell, lambda count: progress.update(bar, advance=count)


def _sum_up(counts: Counter[Result], *, json: bool) -> None:
    told = {result.value: counts[result] for result in Result}
    if json:
        print(json_format.dumps(told))
        return
    line = ", ".join(f"{count} {name}" for name, count in told.items())
    print(line, file=sys.stderr if counts[Result.FAILED] else sys.stdout)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
