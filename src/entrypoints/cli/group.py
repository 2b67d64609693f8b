"""Groups of commands that are quick to look through."""

from typing import Any

import typer
from typer.core import TyperGroup


class QuickGroup(TyperGroup):
    """Typer loads pydantic for an option that is not given, even for `--help`, unless its default is a bool."""

    def get_help_option(self, ctx: Any) -> Any:
        """With False as its default."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option


def command_group(help_text: str) -> typer.Typer:
    """Commands below a command, such as those of `darkroom jobs`; without any of them it prints its help."""
    return typer.Typer(
        cls=QuickGroup, add_completion=False, rich_markup_mode=None, no_args_is_help=True, help=help_text
    )
