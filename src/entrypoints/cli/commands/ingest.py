"""`darkroom ingest`."""

from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json


def ingest(
    now: Annotated[bool, typer.Option("--now", help="Bring everything in here and now, without a worker.")] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Bring new media in from INGEST_SOURCE.

    Looks through the bucket or folder and copies what is new, or has changed, into INGEST_PROJECT; the source stays
    as it is. The work is queued, and done by the workers that run; with --now it is done by this command, all but the
    looking into films and the making of pictures. What cannot be brought in is named, and not tried again by itself.

    With --now the exit code is 1 as long as there are such objects.
    """
    from entrypoints.cli.ingest import bring_in

    bring_in(data_dir, now=now, as_json=json)
