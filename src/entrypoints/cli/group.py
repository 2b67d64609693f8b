"""Groups of commands that are quick to look through."""

from typing import Any

from typer.core import TyperGroup


class QuickGroup(TyperGroup):
    """Typer loads pydantic for an option that is not given, even for `--help`, unless its default is a bool."""

    def get_help_option(self, ctx: Any) -> Any:
        """With False as its default."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.default = False
        return option
