"""Who gets in, as operators change it, and the key that signs access tokens."""

import sys
from pathlib import Path

import typer

from entrypoints.cli.installation import on_the_spot, read_settings
from entrypoints.cli.speech import asking, failure, say
from entrypoints.wiring.container import Darkroom


def make_superuser(data_dir: Path | None, username: str | None, *, password_from_stdin: bool, as_json: bool) -> None:
    """Make one; what is not given is asked for."""
    name, password = _credentials(username, password_from_stdin=password_from_stdin)

    async def create(room: Darkroom) -> None:
        user = await room.identity().create_superuser()(name, password)
        say(as_json, {"id": str(user.id), "username": user.username}, f"made the superuser {user.username}")

    on_the_spot(create, data_dir)


def new_password(data_dir: Path | None, username: str | None, *, password_from_stdin: bool, as_json: bool) -> None:
    """Replace somebody's password; what is not given is asked for."""
    name, password = _credentials(username, password_from_stdin=password_from_stdin)

    async def change(room: Darkroom) -> None:
        user = await room.identity().change_password().of(name, password)
        told = f"{user.username} signs in with the new password now; sessions of before have ended"
        say(as_json, {"id": str(user.id), "username": user.username}, told)

    on_the_spot(change, data_dir)


def new_sign_in_link(data_dir: Path | None, username: str, *, as_json: bool) -> None:
    """Make a link that signs somebody in once."""

    async def make(room: Darkroom) -> None:
        link = await room.identity().make_sign_in_code()(username)
        name, until = link.user.username, link.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z")
        facts = {"username": name, "url": link.url, "code": link.code, "expires_at": until}
        say(as_json, facts, f"{link.url}\n\nsigns {name} in once, until {until}; the code alone is\n\n{link.code}")

    on_the_spot(make, data_dir)


def without_totp(data_dir: Path | None, username: str, *, as_json: bool) -> None:
    """Switch somebody's second factor off."""

    async def switch_off(room: Darkroom) -> None:
        user = await room.identity().end_totp().of(username)
        told = f"{user.username} signs in with the password alone now"
        say(as_json, {"id": str(user.id), "username": user.username}, told)

    on_the_spot(switch_off, data_dir)


def new_signing_key(data_dir: Path | None, *, as_json: bool) -> None:
    """Make a key that signs from now on."""
    if read_settings(DATA_DIR=data_dir).jwt_secret is not None:
        failure(
            "JWT_SECRET is set, so that secret signs: change it there, and the next refresh brings everybody new tokens"
        )

    async def rotate(room: Darkroom) -> None:
        key_id = await room.identity().key_ring().rotate()
        say(as_json, {"kid": key_id}, f"access tokens are signed with the key {key_id} now")

    on_the_spot(rotate, data_dir)


def _credentials(username: str | None, *, password_from_stdin: bool) -> tuple[str, str]:
    with asking():
        name: str = username or typer.prompt("Username")
        return name, sys.stdin.readline().rstrip("\n") if password_from_stdin else _asked_password()


def _asked_password() -> str:
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return answer
