"""`darkroom backup`, `restore` and `verify`: a second copy of everything, and whether it is whole."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from application.maintenance.back_up import BackedUp
from application.maintenance.copy_blobs import Copied
from application.maintenance.verify_blobs import Damage, Verified, VerifyBlobs
from entrypoints.cli.installation import installed, on_the_spot, run_to_the_end
from entrypoints.cli.speech import in_units, plain, say
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened

MOST_NAMED = 20


def back_up(data_dir: Path | None, folder: Path, *, as_json: bool) -> None:
    """Copy everything into the folder."""

    async def work(room: Darkroom) -> None:
        make, place = room.backups().into(folder)
        async with opened([place]):
            with _shown("copying", hidden=as_json) as told:
                done = await make(lambda copied: told(_so_far(copied)))
        say(as_json, _facts_of_backup(done), _backup_in_words(done, folder))
        _name(done.missing, "is missing in the store", as_json=as_json)

    on_the_spot(work, data_dir)


def bring_back(data_dir: Path | None, folder: Path, *, as_json: bool) -> None:
    """Copy everything from the folder into an empty place."""
    room = installed(data_dir)

    async def run() -> Copied:
        async with opened(room.blobs().held):
            with _shown("copying", hidden=as_json) as told:
                return await room.backups().out_of(folder)(lambda copied: told(_so_far(copied)))

    done = run_to_the_end(run())
    missing = sorted(done.missing)
    facts = {"files": done.files, "blobs": done.blobs, "bytes": done.bytes, "copied": done.new, "missing": missing}
    say(as_json, facts, f"restored {done.files} files, {done.blobs} blobs ({in_units(done.bytes)})")
    _name(missing, "is missing in the backup", as_json=as_json)


def look_for_damage(data_dir: Path | None, folder: Path | None, *, hashes: bool, as_json: bool) -> None:
    """Look whether every blob is there, in the installation or in a backup."""

    async def look(verify_blobs: VerifyBlobs) -> Verified:
        with _shown("looking", hidden=as_json) as told:
            return await verify_blobs(
                hashes=hashes,
                tell=lambda verified: told(f"{verified.files} files, {verified.damaged} damages"),
                found=lambda damage: say(as_json, _facts_of_damage(damage), _damage_in_words(damage)),
            )

    async def look_at_backup(room: Darkroom, there: Path) -> Verified:
        async with room.backups().kept_in(there) as verify_blobs:
            return await look(verify_blobs)

    if folder:
        done = run_to_the_end(look_at_backup(installed(data_dir), folder))
    else:
        done = on_the_spot(lambda room: look(room.work().verify_blobs()), data_dir)
    say(as_json, asdict(done), _verified_in_words(done))
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


def _name(missing: Sequence[str], problem: str, *, as_json: bool) -> None:
    if not missing:
        return
    if not as_json:
        for key in missing[:MOST_NAMED]:
            print(plain(f"{key} {problem}"))
        if len(missing) > MOST_NAMED:
            print(f"and {len(missing) - MOST_NAMED} more; 'darkroom verify' names them all")
    raise typer.Exit(1)
