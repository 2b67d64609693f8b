"""The database of an installation: up to date, or empty."""

from pathlib import Path

import typer

from entrypoints.cli.installation import installed
from entrypoints.cli.interrupts import interruptible
from entrypoints.cli.speech import asking, say


def bring_up_to_date(data_dir: Path | None, *, as_json: bool) -> None:
    """Apply the migrations that are missing."""
    database = installed(data_dir).database()
    with interruptible():
        done = database.migrate()
    say(as_json, {"applied": done}, f"applied {', '.join(done)}" if done else "the database is up to date")


def empty(data_dir: Path | None, *, ask: bool, as_json: bool) -> None:
    """Forget every row."""
    room = installed(data_dir)
    database = room.database()
    if ask:
        with asking():
            typer.confirm(f"Forget everything in {_without_password(room.settings().database)}?", abort=True)
    with interruptible():
        database.reset()
        done = database.migrate()
    say(as_json, {"reset": True, "applied": done}, "the database is empty now")


def _without_password(database: str) -> str:
    before, at, after = database.rpartition("@")
    return f"{before.partition('://')[0]}://…@{after}" if at else database
