"""`darkroom backup`, `restore` and `verify`."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json

MadeIn = Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False, help="Where the backup lies, or will.")]
KeptIn = Annotated[Path, typer.Argument(metavar="FOLDER", file_okay=False, help="The folder of the backup.")]
LookedAt = Annotated[
    Path | None,
    typer.Argument(metavar="FOLDER", file_okay=False, help="A backup to look at, instead of the installation."),
]


def backup(folder: MadeIn, json: Json = False, data_dir: DataDir = None) -> None:
    """Copy rows and blobs into a folder.

    That is everything, and the service may run meanwhile. The folder is new or empty, or holds an earlier backup, which
    is brought up to date: only what is new is copied, and until the end the earlier one stays as it was. It is laid out
    like DATA_DIR, so a copy of it can be started from. Settings are not in it: keep your .env as well.

    For SQLite; with PostgreSQL use pg_dump and a mirror of the bucket. The exit code is 1 when blobs were missing.
    """
    from entrypoints.cli.backup import back_up

    back_up(data_dir, folder, as_json=json)


def restore(folder: KeptIn, json: Json = False, data_dir: DataDir = None) -> None:
    """Bring a backup back into an empty place.

    The place is what the settings say: a DATABASE_URL or DATA_DIR without a database. Where there is one nothing is
    done. Blobs that the store has already stay as they are. An older backup is brought up to today's schema. Stopped
    in the middle, type it again.

    For SQLite; with PostgreSQL use pg_restore. The exit code is 1 when blobs were missing in the backup.
    """
    from entrypoints.cli.backup import bring_back

    bring_back(data_dir, folder, as_json=json)


def verify(
    folder: LookedAt = None,
    *,
    hashes: Annotated[
        bool, typer.Option("--hashes", help="Read every original and compare its SHA-256, too; takes as long as that.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Check that every blob the rows name is there.

    And that it has the right size. Made for the time after a restore, and for a look now and then; it changes nothing,
    and the service may run. Each damage is a line (with --json, too). The exit code is 1 when there is any.
    """
    from entrypoints.cli.backup import look_for_damage

    look_for_damage(data_dir, folder, hashes=hashes, as_json=json)
