"""What the settings select, and what every route of the whole program has in common."""

import sys
import time
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.memory.signals import MemorySignals
from adapters.postgres.signals import PostgresSignals
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.redis.signals import RedisSignals
from adapters.sandbox.reader import SandboxedReader
from application.media.well_read_examiner import WellReadExaminer
from domain.jobs import QUEUES, JobKind
from domain.media_types import HEIC_TYPES, IMAGE_TYPES_TAKEN
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.rates import EVERYTHING_ELSE
from entrypoints.settings import Settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.engines import private_places
from entrypoints.wiring.walls import WallMissing, Walls, walls_here

pytestmark = pytest.mark.anyio

MEMORY = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory"}
POSTGRES = {"DATABASE_URL": "postgres://host/name"}
BUCKET = {"BLOB_STORE": "s3", "S3_BUCKET": "media", "S3_ACCESS_KEY": "us", "S3_SECRET_KEY": "prove-it"}
REDIS = {"REDIS_URL": "redis://host"}


@pytest.fixture
def darkroom(tmp_path: Path) -> Any:
    def darkroom(**chosen: str) -> Any:
        return Darkroom(settings=Settings(**{"DATA_DIR": tmp_path, **MEMORY, **chosen}))

    return darkroom


@pytest.mark.parametrize(
    ("chosen", "carrier"),
    [
        ({}, MemorySignals),
        ({"DATABASE_URL": "sqlite:///x.db"}, MemorySignals),
        (POSTGRES, PostgresSignals),
        (REDIS, RedisSignals),
        (POSTGRES | REDIS, RedisSignals),
    ],
)
def test_what_carries_signals(darkroom: Any, chosen: dict[str, str], carrier: type) -> None:
    room = darkroom(**chosen)
    assert isinstance(room.carrier().signals, carrier)
    assert room.carrier().signals is room.media().upload_image().signals
    held = [*(room.redis().held if room.redis() else ()), *room.carrier().held]
    assert held.count(room.carrier().signals) == (carrier is not MemorySignals)


@pytest.mark.parametrize("installed", [False, True])
def test_heic_is_taken_where_its_reader_is_installed(
    darkroom: Any, installed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "entrypoints.wiring.engines.find_spec", lambda name: ModuleSpec(name, None) if installed else None
    )
    room = darkroom()
    for taken in (room.media().upload_image().taken_types, room.engine().reads):
        assert taken & HEIC_TYPES == (HEIC_TYPES if installed else set())
        assert taken >= IMAGE_TYPES_TAKEN
    assert darkroom(IMAGE_ENGINE="imagemagick").engine().reads >= HEIC_TYPES


@pytest.mark.parametrize(
    ("walls", "named"),
    [(Walls(False, 7), "seccomp"), (Walls(True, 0), "Landlock"), (Walls(False, 0), "Landlock.* and seccomp")],
)
async def test_a_start_without_what_keeps_decoders_in_is_refused_unless_less_will_do(
    darkroom: Any, walls: Walls, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[tuple[str, str]] = []
    monkeypatch.setattr("entrypoints.wiring.walls.log", lambda _, what, level: logged.append((level, what)))
    room = darkroom(SANDBOX="required")
    room.engines.walls.override(walls)
    first, *_ = room.engine().held
    with pytest.raises(WallMissing, match=f"^[^\n]*no {named}[^\n]*SANDBOX=best-effort[^\n]*$"):
        await first.open()
    room = darkroom(SANDBOX="best-effort")
    room.engines.walls.override(walls)
    first, *_ = room.engine().held
    await first.open()
    ((level, what),) = logged
    assert level == "warning"
    assert "cannot be kept in" in what


@pytest.mark.parametrize(("system", "required"), [("linux", True), ("darwin", False)])
def test_linux_demands_walls_unless_told(system: str, required: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.settings.sys.platform", system)
    assert Settings().walls_required is required
    assert Settings(SANDBOX="required").walls_required
    assert not Settings(SANDBOX="best-effort").walls_required


def test_this_machine_has_all_walls() -> None:
    """Where it has not, nothing else that is said of decoders here was tried."""
    assert sys.platform != "linux" or not walls_here().missing


def test_what_decoders_must_not_read_is_named(darkroom: Any, tmp_path: Path) -> None:
    settings = Settings(DATA_DIR=tmp_path / "data", MEDIA_STORAGE_DIR=tmp_path / "media", DATABASE_DIR=tmp_path / "db")
    assert private_places(settings) == {
        "DATA_DIR": tmp_path / "data",
        "MEDIA_STORAGE_DIR": tmp_path / "media",
        "DATABASE_DIR": tmp_path / "db",
    }


@pytest.mark.slow
@pytest.mark.parametrize("chosen", ["auto", "builtin", "exiftool"])
@pytest.mark.parametrize("installed", [False, True])
def test_who_reads_metadata(
    darkroom: Any, chosen: str, installed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if installed:
        (tmp_path / "exiftool").touch(0o700)
    elif chosen == "exiftool":
        return
    room = darkroom(METADATA_READER=chosen)
    engine, expected = room.engine(), installed and chosen != "builtin"
    assert isinstance(engine.reader, SandboxedReader) is expected
    assert isinstance(engine.examiner, WellReadExaminer) is expected
    assert (engine.reader in engine.held) is expected


@pytest.mark.parametrize(
    ("chosen", "limiter"),
    [
        ({}, MemoryRateLimiter),
        (REDIS, MemoryRateLimiter),
        (REDIS | {"RATE_LIMIT": "redis"}, RedisRateLimiter),
        ({"RATE_LIMIT": "off"}, type(None)),
        (REDIS | {"RATE_LIMIT": "off"}, type(None)),
    ],
)
def test_where_requests_are_counted(darkroom: Any, chosen: dict[str, str], limiter: type) -> None:
    room = darkroom(**chosen)
    assert isinstance(room.limiter(), limiter)
    assert room.limiter() is room.limiter() is room.identity().throttle().limiter


@pytest.mark.parametrize(
    ("chosen", "sent_on"),
    [({}, False), (BUCKET, True), ({**BUCKET, "SERVE": "redirect"}, True), ({**BUCKET, "SERVE": "proxy"}, False)],
)
def test_whether_readers_are_sent_on_to_the_store(darkroom: Any, chosen: dict[str, str], sent_on: bool) -> None:
    doors = darkroom(**chosen).doors()
    assert (doors.content().responses.links is not None) == sent_on
    assert (doors.library_door().responses.links is not None) == sent_on


def test_which_routes_are_limited_how(darkroom: Any) -> None:
    ops = [op for door in darkroom().doors().every() for op in door.operations()]
    told = {
        f"{op.method} {op.path}": op.rate.name if op.rate else "unlimited" for op in ops if op.rate != EVERYTHING_ELSE
    }
    assert told == {
        "POST /auth/register": "register",
        "POST /auth/login": "login",
        "POST /auth/code": "login",
        "POST /auth/password": "login",
        "POST /auth/totp": "login",
        "POST /auth/totp/confirm": "login",
        "DELETE /auth/totp": "login",
        "POST /auth/oauth/authorize": "login",
        "POST /auth/oauth/callback": "login",
        "POST /auth/refresh": "refresh",
        "POST /uploads/presign": "presign",
        "GET /metrics": "metrics",
        "GET /health": "unlimited",
        "GET /health/ready": "unlimited",
        "GET /health/database": "unlimited",
        "GET /health/blobs": "unlimited",
        "GET /health/redis": "unlimited",
    }


@pytest.mark.slow
async def test_whoever_guesses_at_an_account_is_slowed_down_and_nobody_elsewhere(darkroom: Any) -> None:
    room = darkroom()
    app = create_app(
        room.doors().every(),
        edge=EdgeConfig(public_url="http://darkroom.test"),
        authenticator=room.doors().authenticator(),
        limiter=room.limiter(),
    )
    await room.identity().create_superuser()("ann", "the right one")

    async def sign_in(number: int, password: str, username: str = "ann") -> httpx2.Response:
        transport = httpx2.ASGITransport(app=app, client=(f"192.0.2.{number}", 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
            return await client.post("/auth/login", json={"username": username, "password": password})

    began = time.monotonic()
    assert {(await sign_in(7, "a wrong one")).status_code for _ in range(10)} == {401}
    wrong, right = await sign_in(7, "a wrong one"), await sign_in(7, "the right one")
    since = time.monotonic() - began
    assert (wrong.status_code, wrong.json()["code"]) == (429, "rate_limited")
    # One more every thirty seconds, and the first of them was some time ago.
    assert 30 - since <= int(wrong.headers["retry-after"]) <= 30
    assert (right.status_code, right.json()["code"]) == (429, "rate_limited")
    assert (await sign_in(7, "a wrong one", "somebody else")).status_code == 401
    assert (await sign_in(8, "the right one")).status_code == 200


@pytest.mark.parametrize(
    ("queues", "kinds"),
    [
        ("", set(JobKind)),
        ("images", {JobKind.PROCESS_IMAGE, JobKind.SCREEN_FILE}),
        ("images, sync", {JobKind.PROCESS_IMAGE, JobKind.SCREEN_FILE, *QUEUES["sync"]}),
    ],
)
def test_a_worker_does_what_its_queues_name_and_can_do_all_there_is(
    darkroom: Any, queues: str, kinds: set[JobKind]
) -> None:
    worker = darkroom(WORKER_QUEUES=queues).work().worker()
    assert worker.kinds == kinds
    assert set(worker.run_job.handlers) == set(JobKind) == set(worker.claim.able)


def test_what_a_stranger_may_take_by_default(darkroom: Any) -> None:
    room = darkroom()
    assert not room.identity().register().is_open
    assert not room.oauth().finish_oauth().find_account.registration_open
    assert room.projects().create_project().default_limit == 5120 << 20
    assert room.media().upload_file().max_bytes == room.media().upload_image().max_bytes == 5 << 30
