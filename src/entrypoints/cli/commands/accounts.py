"""`darkroom create-superuser` and other commands about who gets in."""

from typing import Annotated

import typer

from entrypoints.cli.options import DataDir, Json

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
]


def create_superuser(
    username: Annotated[str | None, typer.Option(help="What the superuser is called; asked for without.")] = None,
    password_stdin: PasswordStdin = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make an account that may do everything.

    Only this command makes superusers; the API cannot.
    """
    from entrypoints.cli.accounts import make_superuser

    make_superuser(data_dir, username, password_from_stdin=password_stdin, as_json=json)


def set_password(
    username: Annotated[str | None, typer.Option(help="Name or address of the account; asked for without.")] = None,
    password_stdin: PasswordStdin = False,
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Give an account another password.

    All its sessions end. This is the way back in when a password is lost.
    """
    from entrypoints.cli.accounts import new_password

    new_password(data_dir, username, password_from_stdin=password_stdin, as_json=json)


def sign_in_link(
    username: Annotated[str, typer.Option(help="Name or address of the account.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make a link that signs an account in once.

    It works for 15 minutes, and instead of the link before. An account with a second factor is asked for its code
    all the same.
    """
    from entrypoints.cli.accounts import new_sign_in_link

    new_sign_in_link(data_dir, username, as_json=json)


def disable_totp(
    username: Annotated[str, typer.Option(help="Name or address of the account.")],
    json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Switch an account's second factor off.

    For somebody who has lost both the app and the recovery codes; the password stays. Be sure who asks.
    """
    from entrypoints.cli.accounts import without_totp

    without_totp(data_dir, username, as_json=json)


def rotate_signing_key(json: Json = False, data_dir: DataDir = None) -> None:
    """Sign access tokens with a new key.

    Tokens signed with the one before stay good until they expire; all instances follow within a minute.
    """
    from entrypoints.cli.accounts import new_signing_key

    new_signing_key(data_dir, as_json=json)
