"""`darkroom upload`."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

MOST_AT_ONCE = 32


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

    In folders, what is hidden is left out, and so are links to folders and links that lead out of the folder given. A
    server that does not answer is named at once, and tried again for up to a minute.
    """
    from entrypoints.cli.upload import send_all

    send_all(paths, project, url=url, key=key, pictures=pictures, parallel=parallel, as_json=json)
