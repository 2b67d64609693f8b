"""`darkroom keys`."""

from datetime import datetime
from typing import Annotated

import typer

from domain.access import KeyScope
from entrypoints.cli.group import command_group
from entrypoints.cli.options import DataDir, Json, ProjectName

keys = command_group("Make API keys.\n\nWith an API key a program reads a project's files and uploads to it.")


@keys.callback()
def _keys() -> None:
    """Without a callback a single command would take the place of its group."""


@keys.command()
def create(
    project: ProjectName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the key is called.")],
    scope: Annotated[
        list[KeyScope] | None,
        typer.Option(help="What it may do; can be given more than once. Without: everything."),
    ] = None,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"],
            metavar="TIME",
            help="When it ends, in UTC, as in 2030-12-31. Without: never.",
        ),
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make an API key for a project.

    The key is shown this once.
    """
    from entrypoints.cli.projects import make_key

    make_key(data_dir, project, name, scope, expires, as_json=json)
