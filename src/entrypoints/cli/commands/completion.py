"""`darkroom completion`."""

from enum import StrEnum
from typing import Annotated

import typer
from typer._click.shell_completion import get_completion_class

PROGRAM, VARIABLE = "darkroom", "_DARKROOM_COMPLETE"


class Shell(StrEnum):
    """The shells there is a script for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(
    context: typer.Context,
    shell: Annotated[Shell, typer.Argument(metavar="SHELL", help="bash, zsh or fish.")],
) -> None:
    """Print what lets a shell complete commands and options.

    For this shell:       source <(darkroom completion bash)

    For every bash:       darkroom completion bash > ~/.local/share/bash-completion/completions/darkroom

    For every zsh:        darkroom completion zsh > "${fpath[1]}/_darkroom"

    For every fish:       darkroom completion fish > ~/.config/fish/completions/darkroom.fish
    """
    kind = get_completion_class(shell)
    if kind is None:
        raise LookupError(f"no completion for {shell}")
    print(kind(context.find_root().command, {}, PROGRAM, VARIABLE).source())
