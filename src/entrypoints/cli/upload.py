"""`darkroom upload`: files and whole folders, side by side."""

import asyncio
import json as json_format
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from application.for_each import for_each
from entrypoints.cli.interrupts import interruptible
from entrypoints.cli.sending import Moved, NotSent, Outcome, Result, SendAs, Sending, Warn
from entrypoints.cli.speech import failure, plain
from entrypoints.setting_rules import public_address
from entrypoints.settings import load_settings
from entrypoints.version import VERSION

PATIENCE = httpx2.Timeout(300, connect=3)

Send = Callable[[Path], Awaitable[Outcome]]
Tell = Callable[[Outcome], None]


def send_all(
    paths: list[Path],
    project: UUID | None,
    *,
    url: str | None,
    key: str | None,
    pictures: bool | None,
    parallel: int,
    as_json: bool,
) -> None:
    """Upload all of it; exit code 1 when something failed."""
    if not key:
        failure("say who you are: --key, or the variable DARKROOM_API_KEY")
    send_as = {True: SendAs.IMAGE, False: SendAs.FILE, None: SendAs.AUTOMATIC}[pictures]
    base = _address(url) if url else load_settings().address
    headers = {"Authorization": f"Bearer {key}", "User-Agent": f"darkroom/{VERSION}", "Accept-Encoding": "identity"}
    counts: Counter[Result] = Counter()

    async def run(found: list[Path], tell: Tell, moved: Moved, warn: Warn) -> None:
        limits = httpx2.Limits(max_connections=parallel)
        async with httpx2.AsyncClient(base_url=base, headers=headers, timeout=PATIENCE, limits=limits) as client:
            send = Sending(client, str(project) if project else None, send_as, moved, warn=warn)
            try:
                await send.reach()
            except NotSent as error:
                failure(str(error))
            await send_each(found, send, tell, parallel)

    with interruptible():
        found = [path for each in paths for path in files_below(each)]
        with _telling(found, counts, json=as_json) as (tell, moved, warn):
            asyncio.run(run(found, tell, moved, warn))
    _sum_up(counts, json=as_json)
    if counts[Result.FAILED]:
        raise typer.Exit(1)


def _address(url: str) -> str:
    try:
        return public_address(url)
    except ValueError as error:
        failure(f"--url {plain(url)}: {error}")


async def send_each(paths: list[Path], send: Send, tell: Tell, parallel: int) -> None:
    """Each path once, so many at a time, told as they end."""

    async def send_and_tell(path: Path) -> None:
        tell(await send(path))

    await for_each(paths, send_and_tell, at_once=parallel)


def files_below(path: Path) -> Iterator[Path]:
    """The file itself, or those in a folder and its folders, without what is hidden and without links out of it."""
    if not path.is_dir():
        yield path
        return
    top = path.resolve()
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            inside = Path(folder, name)
            if name.startswith(".") or not inside.is_file():
                continue
            if not inside.is_symlink() or inside.resolve().is_relative_to(top):
                yield inside


@contextmanager
def _telling(paths: list[Path], counts: Counter[Result], *, json: bool) -> Iterator[tuple[Tell, Moved, Warn]]:
    """How each outcome, bytes on their way and trouble are shown: on a terminal with a bar."""
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

        def warn(message: str) -> None:
            line = plain(f"darkroom: {message}")
            progress.console.print(line, markup=False, highlight=False, soft_wrap=True)

        yield tell, lambda count: progress.update(bar, advance=count), warn


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
