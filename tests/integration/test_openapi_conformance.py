"""What the OpenAPI document promises of every route, tried by schemathesis with good requests and bad ones."""

import asyncio
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from domain.access import Role
from domain.identity import User
from entrypoints.http.app import EdgeConfig, create_app
from tests.conftest import ROOT
from tests.unit.entrypoints.world import World, signed_in, world

FEW, MANY = 3, 25
"""Examples for each operation."""
OFTEN = 0.5  # how many of the ids asked for are those of things that exist


EVERYBODY = ("su", "admin", "owner", "key")


@pytest.mark.parametrize("who", EVERYBODY)
def test_the_document_is_true(who: str) -> None:
    """The superuser, who gets furthest, also tries the edges of every parameter, which takes longest."""
    check_the_document(who, examples=FEW, edges=who == "su")


@pytest.mark.soak
@pytest.mark.parametrize("who", EVERYBODY)
def test_the_document_is_true_at_length(who: str) -> None:
    check_the_document(who, examples=MANY, edges=True)


def check_the_document(who: str, *, examples: int, edges: bool) -> None:
    here = asyncio.run(made())
    doors = here.room.doors()
    app = create_app(
        doors.every(),
        edge=EdgeConfig(allowed_hosts=("testserver",)),  # the name by which the ASGI client asks
        authenticator=doors.authenticator(),
        replays=here.room.database().replays,
    )
    schema = schemathesis.openapi.from_asgi(
        "/openapi.json", app, config=asking_for(here, examples=examples, edges=edges)
    )
    schema.auth(refresh_interval=None)(signing_in(here, who))
    told = list(from_schema(schema).execute())

    assert not list(failures(told))
    assert not set(undeclared(told, schema.raw_schema["paths"]))
    tried = {event.label for event in told if isinstance(event, events.ScenarioFinished) and event.recorder.cases}
    offered = {f"{op.method} {op.path.replace(':path', '')}" for op in here.ops if not op.hidden}
    assert offered - tried == {"GET /admin/jobs/events", "GET /projects/{project_id}/events"}


async def made() -> World:
    async with world() as here:
        return here


def asking_for(here: World, *, examples: int, edges: bool) -> SchemathesisConfig:
    """The project's own configuration, with ids of this world in it."""
    config = tomllib.loads((ROOT / "schemathesis.toml").read_text())
    # Those of entities are numbers: as a text one would break the schema.
    values = {name: int(value) if value.isdecimal() else value for name, value in here.ids.items()}
    config["dictionaries"] = {name: {"values": [value]} for name, value in values.items()}
    places = [*(f"path.{name}" for name in here.ids), "query.project_id"]
    config["parameters"] = {place: {"dictionary": place.partition(".")[2], "probability": OFTEN} for place in places}
    config["generation"] |= {"deterministic": True, "max-examples": examples}
    config["cache"] = {"enabled": False}
    config["phases"] = {"stateful": {"enabled": False}, "coverage": {"enabled": edges}}
    return SchemathesisConfig.from_dict(config)


def signing_in(here: World, who: str) -> type:
    """People are signed in anew for each request, as some of them sign people out."""
    now = here.room.clock().now()
    roles = {"su": Role.SU, "admin": Role.ADMIN, "owner": Role.USER}

    class SignedIn:
        def get(self, case: schemathesis.Case, context: Any) -> dict[str, str]:
            if who not in roles:
                return here.headers[who]
            user = User(here.users[who], who, f"{who}@example.com", None, roles[who], True, now, now)
            return asyncio.run(signed_in(here.room, user))

        def set(self, case: schemathesis.Case, data: dict[str, str], context: Any) -> None:
            case.headers.update(data)

    return SignedIn


def undeclared(told: list[events.EngineEvent], paths: dict[str, Any]) -> Iterator[str]:
    """Answers whose status the document does not name, or names without their code."""
    for event in told:
        if not isinstance(event, events.ScenarioFinished):
            continue
        for case_id, interaction in event.recorder.interactions.items():
            case, answer = event.recorder.cases[case_id].value, interaction.response
            operation = paths[case.operation.path].get(case.method.lower())
            if operation is None or answer is None:
                continue  # methods that are not offered are tried as well
            named = operation["responses"].get(str(answer.status_code))
            code = answer.json()["code"] if answer.status_code >= 400 else ""
            if named is None or code not in named["description"]:
                yield f"{event.label}: {answer.status_code} {code}"


def failures(told: list[events.EngineEvent]) -> Iterator[str]:
    for event in told:
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield str(event.info if isinstance(event, events.NonFatalError) else event.exception)
        if isinstance(event, events.ScenarioFinished):
            for case_id, checks in event.recorder.checks.items():
                for check in checks:
                    if check.failure_info is not None:
                        answer = event.recorder.interactions[case_id].response
                        assert answer is not None
                        yield (
                            f"{event.label}: {check.failure_info.failure.title}: {check.failure_info.failure.message}\n"
                            f"{check.failure_info.code_sample}\n{answer.content[:500]!r}"
                        )
