"""Doors can be offered apart: what is named is there, and so is what everybody needs; nothing else is."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from entrypoints.door_names import DOORS
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.settings import BadSettings, load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.doors import BEHIND
from tests.tables import over_rows
from tests.unit.entrypoints.cli.conftest import darkroom, folder  # noqa: F401  (fixtures)
from tests.unit.entrypoints.cli.typed import Darkroom as Typed

pytestmark = pytest.mark.anyio

OWN = {
    "auth": ("/auth/login", "/auth/oauth/authorize", "/users", "/sessions", "/roles", "/.well-known/jwks.json"),
    "projects": ("/projects", "/projects/{project_id}/keys", "/upload/image", "/upload/file", "/files", "/admin/jobs"),
    "inbox": ("/uploads/presign", "/uploads/complete", "/assets", "/assets/{asset_id}", "/jobs/{job_id}"),
    "media": ("/media", "/media/{media_id}", "/media/refresh"),
    "library": ("/entity/", "/entity/{entity_id}", "/entity/{entity_id}/versions", "/entity/{entity_id}/file"),
}
"""What clients of each door cannot do without."""
ALWAYS = {"/", "/health", "/health/ready", "/health/database", "/health/blobs", "/health/redis"}
JOBS = {"/admin/jobs", "/jobs/{job_id}"}
SHARED = {"/blobs/{key}", "/files/{file_id}/content"}
"""Where the addresses lead that files, assets and media are told with."""
MEMORY = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory"}


def client(doors: str, **settings: str) -> httpx2.AsyncClient:
    room = Darkroom(settings=load_settings(**{**MEMORY, **settings, "DOORS": doors}))
    app = create_app(
        room.doors().every(),
        edge=EdgeConfig(public_url="http://darkroom.test"),
        authenticator=room.doors().authenticator(),
    )
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://darkroom.test")


async def paths(here: httpx2.AsyncClient) -> set[str]:
    document: dict[str, Any] = (await here.get("/openapi.json")).json()
    return set(document["paths"])


def test_every_door_has_something_behind_it() -> None:
    assert set(DOORS) == set(BEHIND) == set(OWN)


@pytest.mark.slow
@over_rows("door", DOORS)
async def test_one_door_alone(door: str) -> None:
    async with client("") as here:
        everything = await paths(here)
    async with client(door) as here:
        offered = await paths(here)
        assert offered >= ALWAYS | set(OWN[door])
        assert offered >= SHARED or door in {"auth", "library"}
        for path in ("/health", "/", "/docs", "/swagger-ui", "/openapi.json", "/api-docs/openapi.json"):
            assert (await here.get(path)).status_code == 200
        foreign = {path for other, own in OWN.items() if other != door for path in own} - JOBS
        assert not offered & foreign
        for path in everything - offered:
            assert (await here.get(path)).json()["code"] == "route_not_found", path


@pytest.mark.slow
async def test_several_and_all_of_them() -> None:
    async with client("auth, media") as here:
        offered = await paths(here)
        assert offered >= {*OWN["auth"], *OWN["media"]}
        assert not offered & {*OWN["library"], *OWN["projects"]}
    async with client("") as all_of_it, client(",".join(reversed(DOORS))) as named:
        assert await paths(all_of_it) == await paths(named)


async def test_what_is_not_offered_needs_no_settings(tmp_path: Path) -> None:
    missing = {"PUBLIC_KEY_PATH": str(tmp_path / "nothing.pem")}
    async with client("auth,projects,inbox,media", **missing) as here:
        assert (await here.get("/health")).status_code == 200
    with pytest.raises(BadSettings, match=r"nothing\.pem"):
        client("library", **missing)


@pytest.mark.parametrize("words", [["serve", "--doors", "auth,shop"], ["serve"], ["up"], []])
def test_a_door_that_is_none_is_one_line(darkroom: Typed, words: list[str]) -> None:  # noqa: F811
    told = "bad setting: DOORS: there is no door 'shop'; there are auth, projects, inbox, media, library"
    chosen = {} if "--doors" in words else {"DOORS": "shop, media"}
    assert darkroom(*words, **chosen).refusal == f"darkroom: {told}"
