"""`darkroom projects`."""

from pathlib import Path
from typing import Annotated

import typer

from entrypoints.cli.group import command_group
from entrypoints.cli.options import DataDir, Json

projects = command_group(
    "Make projects, and list them.\n\n"
    "A project has its own files, variants, API keys and limits. This works on the database; the service need not run."
)


@projects.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What the project is called.")],
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A JSON file with its settings, as the API takes them; - is standard input.",
        ),
    ] = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="USERNAME", help="Whose project it is; without, the only superuser's.")
    ] = None,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make a project.

    Its settings are those of the API, such as {"variants": {"thumb": {"width": 200}}}. What is left out has its
    default.
    """
    from entrypoints.cli.projects import make_project

    make_project(data_dir, name, settings, description, owner, as_json=json)


@projects.command("list")
def list_projects(json: Json = False, data_dir: DataDir = None) -> None:
    """List every project, the newest first.

    Those in the bin are left out.
    """
    from entrypoints.cli.projects import show_projects

    show_projects(data_dir, as_json=json)
