"""Projects and their API keys, made from the command line."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from domain.access import KeyScope, Permission, Role, UserCaller
from domain.audit import Origin
from domain.errors import Invalid, Malformed
from domain.identity import User
from entrypoints.cli.installation import OPERATOR, every_project, find_project, on_the_spot
from entrypoints.cli.speech import in_units, plain, say
from entrypoints.http.json_body import field_errors
from entrypoints.http.schemas.api_keys import MadeKeyBody, NewKeyBody
from entrypoints.http.schemas.projects import NewProjectBody, ProjectBody
from entrypoints.wiring.container import Darkroom

Body = TypeVar("Body", bound=BaseModel)


def make_project(
    data_dir: Path | None,
    name: str,
    settings: Path | None,
    description: str | None,
    owner: str | None,
    *,
    as_json: bool,
) -> None:
    """Make a project for an account."""
    wanted = {"name": name, "description": description, "settings": _document(settings) if settings else {}}
    body = _checked(NewProjectBody, wanted)

    async def make(room: Darkroom) -> None:
        account = await _owner(room, owner)
        # It belongs to the account, and whoever may use the database may set what only a superuser may.
        caller = UserCaller(account.id, account.username, Role.SU, frozenset(Permission))
        create = room.projects().create_project()
        made = await create(caller, body.name, Origin(), settings=body.settings, description=body.description)
        told = f"made the project {plain(made.name)}, slug {made.slug}, id {made.id}"
        say(as_json, ProjectBody.of(made).model_dump(mode="json"), told)

    on_the_spot(make, data_dir)


def show_projects(data_dir: Path | None, *, as_json: bool) -> None:
    """Every project that is not in the bin."""

    async def show(room: Darkroom) -> None:
        found = [project async for project in every_project(room)]
        if as_json:
            print(json.dumps({"projects": [ProjectBody.of(each).model_dump(mode="json") for each in found]}))
            return
        for each in found:
            size = in_units(each.storage_used_bytes)
            print(f"{each.id}  {each.slug}  {plain(each.name)}  ({each.files_count} files, {size})")
        print(f"{len(found)} projects")

    on_the_spot(show, data_dir)


def make_key(
    data_dir: Path | None,
    project: str,
    name: str,
    scopes: list[KeyScope] | None,
    expires: datetime | None,
    *,
    as_json: bool,
) -> None:
    """Make an API key; the key itself is printed once."""
    wanted: dict[str, Any] = {"name": name, "expires_at": expires.replace(tzinfo=UTC) if expires else None}
    body = _checked(NewKeyBody, wanted | ({"scopes": scopes} if scopes else {}))

    async def make(room: Darkroom) -> None:
        found = await find_project(room, project)
        create = room.projects().create_api_key()
        key, secret = await create(
            OPERATOR, found.id, body.name, Origin(), expires_at=body.expires_at, scopes=frozenset(body.scopes)
        )
        told = f"made the key {plain(key.name)} for the project {found.slug}; it is shown only now:\n{secret}"
        say(as_json, MadeKeyBody.with_secret(key, secret).model_dump(mode="json"), told)

    on_the_spot(make, data_dir)


async def _owner(room: Darkroom, named: str | None) -> User:
    """The account with this name, or the only superuser."""
    if named is not None:
        account: User | None = await room.database().users.named(named)
        if account is None:
            raise Invalid(f"there is no account {named}")
        return account
    async with room.database().store.begin() as unit:
        superusers = await unit.users.superusers()
    if len(superusers) == 1:
        return superusers[0]
    if superusers:
        raise Invalid("there are several superusers; say whose project it is: --owner USERNAME")
    raise Invalid("there is no superuser the project could belong to; make one with 'darkroom create-superuser'")


def _document(file: Path) -> Any:
    try:
        return json.loads(sys.stdin.read() if file == Path("-") else file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Malformed(f"{file} is not valid JSON: {error}") from None


def _checked(kind: type[Body], values: dict[str, Any]) -> Body:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        errors = field_errors(error)
        raise Invalid("; ".join(f"{each.field}: {each.message}" for each in errors), errors=errors) from None
