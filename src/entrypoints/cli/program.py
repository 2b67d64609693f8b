"""What `darkroom` does with the words that are typed after it."""

from typing import Annotated

import typer
from typer._completion_classes import completion_init
from typer.core import TyperGroup

from domain.errors import DarkroomError
from entrypoints.cli.group import QuickGroup
from entrypoints.cli.listing import commands
from entrypoints.cli.speech import failure
from entrypoints.refusals import CannotStart

NAME = "darkroom"

_app = typer.Typer(name=NAME, cls=QuickGroup, add_completion=False, rich_markup_mode=None)


@_app.callback(
    invoke_without_command=True,
    help="A self-hosted media service. Without a command it does what 'up' does.\n\n"
    "Settings come from the environment or a .env file, see .env.example; an option goes before both. Options follow "
    "their command: darkroom up --port 8080 --data-dir /srv/media\n\n"
    "To have the shell complete commands and options, see 'darkroom completion --help'.",
)
def _main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Say which version this is.")] = False,
) -> None:
    if version:
        from entrypoints.version import VERSION

        print(f"{NAME} {VERSION}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        from entrypoints.cli.commands.running import up

        up()


def program() -> TyperGroup:
    """The group of all commands."""
    group = typer.main.get_command(_app)
    if not isinstance(group, TyperGroup):
        raise TypeError("a callback makes it a group")
    for command in commands():
        group.add_command(command)
    return group


def run() -> None:
    """Run what was typed, and say in one line why it cannot be done."""
    completion_init()
    try:
        program().main(prog_name=NAME)
    except CannotStart as error:
        failure(f"{error.opening}{error}")
    except DarkroomError as error:
        failure(str(error))
    except OSError as error:
        if error.filename is None:
            raise
        failure(f"cannot use {error.filename}: {error.strerror}")
