"""`darkroom sweep`."""

from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json


def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Remove what belongs to nobody.

    Uploads that never came to an end, blobs that no file names, and unfinished pieces of both: what a crash, a cut
    line or a full disk left behind. Nothing young is touched, nor anything in the store that is none of ours. The
    workers do the same every few hours by themselves.
    """
    from entrypoints.cli.sweep import remove_orphans

    remove_orphans(data_dir, dry_run=dry_run, as_json=json)
