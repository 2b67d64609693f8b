"""`darkroom backup`, `restore` and `verify`: a second copy of everything, and whether it is whole."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.maintenance.back_up import BackedUp
from application.maintenance.copy_blobs import Copied
from application.maintenance.verify_blobs import Damage, Verified, VerifyBlobs
from entrypoints.cli.installation import on_the_spot, read_settings
from entrypoints.cli.speech import Json, in_units, plain, say
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened

MOST_NAMED = 20

MadeIn = Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False, help="Where the backup lies, or will.")]
KeptIn = Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False, help="The folder of the backup.")]


def backup(folder: MadeIn, json: Json = False) -> None:
    """Copy rows and blobs into a folder.

    That is everything, and the service may run meanwhile. The folder is new or empty, or holds an earlier backup, which
    is brought up to date: only what is new is copied, and until the end the earlier one stays as it was. It is laid out
    like DATA_DIR, so a copy of it can be started from. Settings are not in it: keep your .env as well.

    For SQLite; with PostgreSQL use pg_dump and a mirror of the bucket. The exit code is 1 when blobs were missing.
    """

    async def work(room: Darkroom) -> None:
        back_up, place = room.backups().into(folder)
        async with opened([place]):
            with _shown("copying", hidden=json) as told:
                done = await back_up(lambda copied: told(_so_far(copied)))
        say(json, _facts_of_backup(done), _backup_in_words(done, folder))
        _name(done.missing, "is missing in the store", json=json)

    on_the_spot(work)


def restore(folder: KeptIn, json: Json = False) -> None:
    """Bring a backup back into an empty place.

    The place is what the settings say: a DATABASE_URL or DATA_DIR without a database. Where there is one nothing is
    done. Blobs that the store has already stay as they are. An older backup is brought up to today's schema. Stopped
    in the middle, type it again.

    For SQLite; with PostgreSQL use pg_restore. The exit code is 1 when blobs were missing in the backup.
    """
    room = Darkroom(settings=read_settings())

    async def run() -> Copied:
        async with opened(room.blobs().held):
            with _shown("copying", hidden=json) as told:
                return await room.backups().out_of(folder)(lambda copied: told(_so_far(copied)))

    done = asyncio.run(run())
    missing = sorted(done.missing)
    facts = {"files": done.files, "blobs": done.blobs, "bytes": done.bytes, "copied": done.new, "missing": missing}
    say(json, facts, f"restored {done.files} files, {done.blobs} blobs ({in_units(done.bytes)})")
    _name(missing, "is missing in the backup", json=json)


def verify(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="FOLDER", file_okay=False, help="A backup to look at, instead of the installation."),
    ] = None,
    *,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="Read every original and compare its SHA-256, too; takes as long as that.")
    ] = False,
    json: Json = False,
) -> None:
    """Check that every blob the rows name is there.

    And that it has the right size. Made for the time after a restore, and for a look now and then; it changes nothing,
    and the service may run. Each damage is a line (with --json, too). The exit code is 1 when there is any.
    """

    async def look(verify_blobs: VerifyBlobs) -> Verified:
        with _shown("looking", hidden=json) as told:
            return await verify_blobs(
                hashes=hashes,
                tell=lambda verified: told(f"{verified.files} files, {verified.damaged} damages"),
                found=lambda damage: say(json, _facts_of_damage(damage), _damage_in_words(damage)),
            )

    async def look_at_backup(there: Path) -> Verified:
        async with Darkroom(settings=read_settings()).backups().kept_in(there) as verify_blobs:
            return await look(verify_blobs)

    done = asyncio.run(look_at_backup(folder)) if folder else on_the_spot(lambda room: look(room.work().verify_blobs()))
    say(json, asdict(done), _verified_in_words(done))
    if done.damaged:
        raise typer.Exit(1)


@contextmanager
def _shown(what: str, *, hidden: bool) -> Iterator[Callable[[str], None]]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TextColumn("{task.fields[found]}"))
    disabled = hidden or not console.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=disabled, transient=True) as progress:
        bar = progress.add_task(what, total=None, found="")
        yield lambda found: progress.update(bar, found=found)


def _so_far(copied: Copied) -> str:
    return f"{copied.files} files, {copied.new} new blobs ({in_units(copied.new_bytes)})"


def _facts_of_backup(done: BackedUp) -> dict[str, Any]:
    return {
        **asdict(done.facts),
        "taken_at": done.facts.taken_at.isoformat(),
        "copied": done.new,
        "copied_bytes": done.new_bytes,
        "dropped": done.dropped,
        "missing": list(done.missing),
    }


def _backup_in_words(done: BackedUp, folder: Path) -> str:
    facts = done.facts
    return (
        f"{folder} holds {facts.files} files, {facts.blobs} blobs ({in_units(facts.bytes)}); "
        f"copied {done.new} ({in_units(done.new_bytes)}), dropped {done.dropped}"
    )


def _facts_of_damage(damage: Damage) -> dict[str, Any]:
    return {**asdict(damage), "file_id": str(damage.file_id)}


def _damage_in_words(damage: Damage) -> str:
    return plain(f"{damage.key} {damage.problem} (file {damage.file_id})")


def _verified_in_words(done: Verified) -> str:
    told = f"looked at {done.files} files, {done.blobs} blobs ({in_units(done.bytes)})"
    return f"{told}; damaged: {done.damaged}" if done.damaged else f"{told}; all is there"


def _name(missing: Sequence[str], problem: str, *, json: bool) -> None:
    if not missing:
        return
    if not json:
        for key in missing[:MOST_NAMED]:
            print(plain(f"{key} {problem}"))
        if len(missing) > MOST_NAMED:
            print(f"and {len(missing) - MOST_NAMED} more; 'darkroom verify' names them all")
    raise typer.Exit(1)
