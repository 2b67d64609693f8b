"""The library's modes × tokens × methods over HTTP, held against the document's own rules."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from domain.access import Permission, Role
from domain.roles import NamedRole
from entrypoints.settings import BadSettings
from tests.unit.entrypoints.http.shelf import Shelf, picture
from tests.unit.entrypoints.world import add_user, chosen, signed_in, world

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

THEIRS, SOMEBODY_ELSES = (ECKey.generate_key("P-256", private=True) for _ in range(2))
SOON = int(datetime.now(UTC).timestamp()) + 3600
MODES = {
    "normal": {},
    "reading needs a token": {"READ_AUTH_ENABLED": "true"},
    "demo": {"AUTH_DISABLED": "true"},
    "demo, reading needs a token": {"AUTH_DISABLED": "true", "READ_AUTH_ENABLED": "true"},
}
READS = (("GET", "/entity/"), ("GET", "/entity"), ("GET", "/entity/{id}"), ("GET", "/entity/{id}/versions"),
         ("GET", "/entity/{id}/file"), ("HEAD", "/entity/{id}"))  # fmt: skip
WRITES = (("POST", "/entity/"), ("POST", "/entity"), ("PUT", "/entity/{id}"), ("PATCH", "/entity/{id}"),
          ("DELETE", "/entity/{id}"))  # fmt: skip


def signed(*, key: ECKey = THEIRS, **claims: Any) -> dict[str, str]:
    token = jwt.encode({"alg": "ES256"}, {"sub": "user123", "exp": SOON, **claims}, key, algorithms=["ES256"])
    return {"Authorization": f"Bearer {token}"}


FOREIGN = {
    "none": {},
    "no token": {"Authorization": "Bearer "},
    "another scheme": {"Authorization": "Basic eDp4"},
    "garbage": {"Authorization": "Bearer not.a.token"},
    "reader": signed(permissions=["media_store_read"]),
    "writer": signed(permissions=["media_store_write"]),
    "nothing allowed": signed(permissions=[]),
    "admin": signed(is_admin=True),
    "expired": signed(is_admin=True, exp=SOON - 7200),
    "signed by another": signed(key=SOMEBODY_ELSES, is_admin=True),
}
VALID = {"reader", "writer", "nothing allowed", "admin", "own user", "own admin", "own su", "own editor"}
READERS = {"reader", "admin", "own user", "own admin", "own su", "own editor"}
WRITERS = {"writer", "admin", "own admin", "own su", "own editor"}


def allowed(mode: dict[str, str], *, writes: bool, token: str) -> int | None:
    """The document's pseudo code: None for ALLOW, or the status of DENY."""
    if mode.get("AUTH_DISABLED"):
        return None
    if not writes and not mode.get("READ_AUTH_ENABLED"):
        return None
    if token not in VALID:
        return 401
    return None if token in (WRITERS if writes else READERS) else 403


@asynccontextmanager
async def installation(key: Path, mode: dict[str, str]) -> AsyncIterator[tuple[Shelf, dict[str, dict[str, str]]]]:
    async with world(PUBLIC_KEY_PATH=str(key), **mode) as here:
        tokens = dict(FOREIGN)
        tokens |= {
            f"own {name}": here.headers[who] for name, who in (("user", "owner"), ("admin", "admin"), ("su", "su"))
        }
        tokens["own api key"] = {"Authorization": f"Bearer {here.headers['key']['X-Api-Key']}"}
        now = here.room.clock().now()
        editors = NamedRole("editors", frozenset({Permission.MEDIA_STORE_WRITE}), now, now)
        async with here.room.database().store.begin() as unit:
            await unit.roles.add(editors)
            await unit.commit()
        tokens["own editor"] = await editor(here.room, editors)
        yield Shelf(here, here.headers["su"]), tokens


async def editor(room: Any, role: NamedRole) -> dict[str, str]:
    """Somebody who may write by a named role alone."""
    user = await add_user(room, "editor", Role.USER)
    async with room.database().store.begin() as unit:
        await unit.users.save(replace(user, named_roles=(role,)))
        await unit.commit()
    return await signed_in(room, replace(user, named_roles=(role,)))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "public_key.pem"
    path.write_bytes(THEIRS.as_pem(private=False))
    return path


@pytest.mark.parametrize("mode", MODES)
async def test_every_token_at_every_door_in_every_mode(key: Path, mode: str) -> None:
    async with installation(key, MODES[mode]) as (shelf, tokens):
        made = await shelf.made()
        for name, headers in tokens.items():
            for method, path in (*READS, *WRITES):
                entity = await shelf.collection() if method == "DELETE" else made
                wanted = allowed(MODES[mode], writes=(method, path) not in READS, token=name)
                where = path.format(id=entity["id"])
                answer = await shelf.here.client.request(method, where, headers=headers, **sent(method))
                told = answer.status_code if answer.status_code >= 300 else None
                assert told == wanted, (name, method, path, answer.text)
                if wanted == 401:
                    assert "www-authenticate" in answer.headers


def sent(method: str) -> dict[str, Any]:
    match method:
        case "POST":
            return {"data": {"label": "x"}, "files": {"image": ("a.png", picture())}}
        case "PUT":
            return {"data": {"label": "x"}}
        case "PATCH":
            return {"json": {"body": {"label": "y"}}}
    return {}


async def test_whoever_may_not_is_told_before_anything_is_read(key: Path) -> None:
    async with installation(key, {}) as (shelf, _):
        for method, path in (("POST", "/entity/"), ("PUT", "/entity/1"), ("PATCH", "/entity/1")):
            answer = await shelf.here.client.request(method, path, content=b"{nonsense")
            assert answer.status_code == 401


async def test_who_did_it_is_remembered(key: Path) -> None:
    async with installation(key, {}) as (shelf, tokens):
        shelf.headers = tokens["writer"]
        made = await shelf.collection()
        assert (made["added_by"], made["updated_by"]) == ("user123", "user123")
        shelf.headers = tokens["own admin"]
        changed = (await shelf.patch(made["id"], label="x")).json()
        assert (changed["added_by"], changed["updated_by"]) == ("user123", str(shelf.here.users["admin"]))


async def test_without_their_key_only_our_own_tokens_count(tmp_path: Path) -> None:
    async with world(DATA_DIR=str(tmp_path)) as here:
        answer = await here.client.post("/entity/", headers=FOREIGN["admin"], data={"label": "x"})
        assert answer.status_code == 401
        (tmp_path / "public_key.pem").write_bytes(THEIRS.as_pem(private=False))
    async with world(DATA_DIR=str(tmp_path), CORS_ORIGINS="*") as here:
        answer = await here.client.post(
            "/entity/", headers=FOREIGN["admin"], data={"label": "x", "is_collection": "true"}
        )
        assert answer.status_code == 201


@pytest.mark.parametrize(
    "content", [None, b"", b"no key", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"]
)
async def test_a_key_that_is_none_stops_the_start(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadSettings, match=r"^PUBLIC_KEY_PATH: .*key\.pem is no public key"):
        async with world(PUBLIC_KEY_PATH=str(path)):
            pass
    chosen.cache_clear()
