"""`darkroom create-superuser` and `rotate-signing-key`."""

from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json


def create_superuser(
    username: Annotated[str | None, typer.Option(help="What the superuser is called; asked for without.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make an account that may do everything.

    Only this command makes superusers; the API cannot.
    """
    from entrypoints.cli.accounts import make_superuser

    make_superuser(data_dir, username, password_from_stdin=password_stdin, as_json=json)


def rotate_signing_key(json: Json = False, data_dir: DataDir = None) -> None:
    """Sign access tokens with a new key.

    Tokens signed with the one before stay good until they expire; all instances follow within a minute.
    """
    from entrypoints.cli.accounts import new_signing_key

    new_signing_key(data_dir, as_json=json)
