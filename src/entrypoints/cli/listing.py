"""The commands there are, each loaded when it is called: `darkroom --help` imports none of them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand

PACKAGE = "entrypoints.cli.commands"

COMMANDS: Mapping[str, tuple[str, str]] = {
    "up": ("running:up", "Run API and worker in one process."),
    "serve": ("running:serve", "Run the API alone."),
    "worker": ("running:worker", "Run a worker alone."),
    "migrate": ("database:migrate", "Bring the database up to date."),
    "reset": ("database:reset", "Empty the database."),
    "create-superuser": ("accounts:create_superuser", "Make an account that may do everything."),
    "set-password": ("accounts:set_password", "Give an account another password."),
    "sign-in-link": ("accounts:sign_in_link", "Make a link that signs an account in once."),
    "disable-totp": ("accounts:disable_totp", "Switch an account's second factor off."),
    "rotate-signing-key": ("accounts:rotate_signing_key", "Sign access tokens with a new key."),
    "doctor": ("doctor:doctor", "Check what Darkroom needs, and say what to do."),
    "projects": ("projects:projects", "Make projects, and list them."),
    "keys": ("keys:keys", "Make API keys."),
    "upload": ("upload:upload", "Upload files and folders."),
    "sync-variants": ("sync_variants:sync_variants", "Bring a project's pictures in line with its settings."),
    "jobs": ("jobs:jobs", "Look at jobs, and tell them what to do."),
    "sweep": ("sweep:sweep", "Remove what belongs to nobody."),
    "backup": ("backups:backup", "Copy rows and blobs into a folder."),
    "restore": ("backups:restore", "Bring a backup back into an empty place."),
    "verify": ("backups:verify", "Check that every blob the rows name is there."),
    "ingest": ("ingest:ingest", "Bring new media in from INGEST_SOURCE."),
    "seed": ("seed:seed", "Put in demo people, a project and media."),
    "completion": ("completion:completion", "Print what lets a shell complete commands and options."),
}
"""Where each command is, in which module and under which name, and the first sentence of its help."""


class LazyCommand(TyperCommand):
    """A name and a line of help; the command itself takes over when it is called."""

    def __init__(self, name: str, place: str, help_line: str) -> None:
        super().__init__(name, help=help_line, rich_markup_mode=None)
        self._place = place

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """That of the command itself."""
        return self.load().make_context(info_name, args, parent=parent, **extra)

    def load(self) -> Any:
        """The command itself: a group of commands, or one made of a function."""
        module, _, name = self._place.partition(":")
        found = getattr(import_module(f"{PACKAGE}.{module}"), name)
        if isinstance(found, typer.Typer):
            group = typer.main.get_command(found)
            group.name = self.name
            return group
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(self.name)(found)
        return typer.main.get_command(single)


def commands() -> list[LazyCommand]:
    """All of them."""
    return [LazyCommand(name, place, line) for name, (place, line) in COMMANDS.items()]
