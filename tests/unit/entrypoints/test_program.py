"""How the programs start: in which order, what they say, and what they load."""

import asyncio
import gc
import io
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey

from application.identity.create_superuser import CreateSuperuser
from domain.errors import Unavailable
from entrypoints.collecting import without_collecting
from entrypoints.http.server import CannotServe, listen
from entrypoints.logs import configure_logs
from entrypoints.program import Program
from entrypoints.settings import load_settings
from entrypoints.stopping import Stop
from entrypoints.wiring.parts import opened_together
from tests.conftest import ROOT
from tests.servers import http
from tests.servers.process import completed

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery staple"
MEMORY = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory"}


@pytest.fixture
def said() -> Iterator[io.BytesIO]:
    """What the program logs."""
    stream = io.BytesIO()
    configure_logs("text", "info", stream=stream)
    yield stream
    configure_logs("text", "error", stream=sys.__stderr__.buffer)


@asynccontextmanager
async def serving(tmp_path: Path, **settings: str) -> AsyncIterator[tuple[str, "asyncio.Queue[str]"]]:
    """An API alone, from the moment it listens; its address, and where it announces itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    stop, announced = Stop(), asyncio.Queue[str]()
    chosen = load_settings(**{**MEMORY, "PORT": port, "DATA_DIR": tmp_path, **settings})
    running = asyncio.create_task(Program(chosen, stop).serve(announced.put_nowait, lambda *_: None))
    try:
        async with asyncio.timeout(30), http.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            while not running.done():
                try:
                    await client.get("/health")
                except httpx2.TransportError:
                    await asyncio.sleep(0.01)
                else:
                    break
        yield f"http://127.0.0.1:{port}", announced
    finally:
        stop.ask()
        await running


async def status(url: str, **person: str) -> int:
    async with http.AsyncClient(timeout=30) as client:
        answer = await (client.post(f"{url}/auth/login", json=person) if person else client.get(f"{url}/health/ready"))
        return answer.status_code


@pytest.mark.slow
async def test_without_a_superuser_it_says_how_to_make_one(tmp_path: Path, said: io.BytesIO) -> None:
    async with serving(tmp_path) as (url, announced):
        assert await announced.get() == url
        assert await status(url) == 200
    told = [line for line in said.getvalue().decode().splitlines() if "superuser" in line]
    assert len(told) == 1
    assert "run 'darkroom create-superuser'" in told[0]


@pytest.mark.slow
async def test_a_password_alone_makes_the_superuser_admin(tmp_path: Path, said: io.BytesIO) -> None:
    async with serving(tmp_path, SU_PASSWORD=PASSWORD) as (url, announced):
        await announced.get()
        assert await status(url, username="admin", password=PASSWORD) == 200
    told = [line for line in said.getvalue().decode().splitlines() if "superuser" in line]
    assert told == ["App | made the first superuser | user=admin"]


@pytest.mark.slow
@pytest.mark.parametrize("expected", [{}, {"EXTERNAL_TOKEN_AUDIENCE": "us"}, {"EXTERNAL_TOKEN_ISSUER": "them"}])
async def test_tokens_that_count_whomever_they_were_made_for_are_warned_of(
    tmp_path: Path, said: io.BytesIO, expected: dict[str, str]
) -> None:
    (tmp_path / "public_key.pem").write_bytes(ECKey.generate_key("P-256").as_pem(private=False))
    async with serving(tmp_path, **expected) as (_, announced):
        await announced.get()
    told = [line for line in said.getvalue().decode().splitlines() if "EXTERNAL_TOKEN_AUDIENCE" in line]
    assert len(told) == (0 if expected else 1)


@pytest.mark.slow
async def test_it_is_ready_once_the_first_superuser_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: io.BytesIO
) -> None:
    makes, tries = asyncio.Event(), []
    make = CreateSuperuser.unless_there_is_one

    async def slowly(self: CreateSuperuser, username: str, password: str) -> Any:
        tries.append(username)
        if len(tries) == 1:
            raise Unavailable("the database went away once more")
        await makes.wait()
        return await make(self, username, password)

    monkeypatch.setattr(CreateSuperuser, "unless_there_is_one", slowly)
    async with serving(tmp_path, SU_PASSWORD=PASSWORD, SU_USERNAME="riz") as (url, announced):
        assert await status(url) == 503
        assert announced.empty()
        makes.set()
        await announced.get()
        assert await status(url) == 200
        assert await status(url, username="riz", password=PASSWORD) == 200
    assert tries == ["riz", "riz"]


@pytest.mark.slow
async def test_it_can_be_stopped_while_it_prepares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(CreateSuperuser, "unless_there_is_one", never)
    async with asyncio.timeout(30), serving(tmp_path, SU_PASSWORD=PASSWORD) as (_, announced):
        assert announced.empty()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "Permission denied"), "choose a METRICS_PORT from 1024 on, or give it the privilege"),
        (OSError(99, "Cannot assign requested address"), "Cannot assign requested address; see HOST"),
    ],
)
def test_a_port_that_is_refused_says_what_to_do(monkeypatch: pytest.MonkeyPatch, error: OSError, told: str) -> None:
    def bind(*_: object) -> None:
        raise error

    monkeypatch.setattr(socket.socket, "bind", bind)
    with pytest.raises(CannotServe) as refused:
        listen("127.0.0.1", 80, "METRICS_PORT")
    assert str(refused.value).startswith("cannot listen on 127.0.0.1:80: ")
    assert told in str(refused.value)
    assert ("HOST" in str(refused.value)) == ("HOST" in told)


class Part:
    """Opens when it is let, unless it fails; notes what became of it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.state = error, "new"
        self.everybody: asyncio.Event | None = None

    async def open(self) -> None:
        self.state = "opening"
        if self.error is not None:
            raise self.error
        if self.everybody is not None:
            await self.everybody.wait()
        self.state = "open"

    async def close(self) -> None:
        self.state = "closed"


async def test_parts_are_opened_at_the_same_time() -> None:
    together, parts = asyncio.Event(), [Part(), Part()]
    parts[0].everybody = together

    async def second() -> None:
        parts[1].state = "open"
        together.set()

    parts[1].open = second  # type: ignore[method-assign]
    async with asyncio.timeout(5), opened_together(parts):
        assert [part.state for part in parts] == ["open", "open"]
    assert [part.state for part in parts] == ["closed", "closed"]


async def test_one_that_fails_closes_the_others() -> None:
    parts = [Part(), Part(error=Unavailable("no engine")), Part()]
    with pytest.raises(Unavailable, match="no engine"):
        async with opened_together(parts):
            raise AssertionError("it is not open")
    assert [part.state for part in parts] == ["closed", "opening", "closed"]


async def test_given_up_in_the_middle_closes_what_is_open() -> None:
    parts = [Part(), Part()]
    parts[1].everybody = asyncio.Event()

    async def hold() -> None:
        async with opened_together(parts):
            raise AssertionError("it is not open")

    holding = asyncio.create_task(hold())
    while parts[0].state != "open":
        await asyncio.sleep(0)
    holding.cancel()
    await asyncio.wait([holding])
    assert holding.cancelled()
    assert [part.state for part in parts] == ["closed", "opening"]


STARTED = """
import sys
from entrypoints.program import Program
from entrypoints.settings import load_settings
room = Program(load_settings())._build("up")
room.database().migrate()
room.work().worker()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
NOT_SELECTED = {"PIL", "asyncpg", "av", "minio", "opentelemetry", "pillow_heif", "psycopg", "pyvips", "redis", "wand"}


def test_what_is_made_at_the_start_is_not_collected() -> None:
    with without_collecting():
        assert not gc.isenabled()
        made = [object() for _ in range(3)]
        before = gc.get_freeze_count()
    assert gc.isenabled()
    assert gc.get_freeze_count() > before
    assert len(made) == 3
    gc.unfreeze()


@pytest.mark.slow
def test_a_start_loads_no_vendor_that_is_not_selected(tmp_path: Path) -> None:
    done = completed(
        [sys.executable, "-c", STARTED],
        env={"PYTHONPATH": str(ROOT / "src"), "DATA_DIR": str(tmp_path)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert NOT_SELECTED & set(done.stdout.split()) == set()
    assert "sqlalchemy" in done.stdout.split()


@pytest.mark.slow
async def test_it_answers_to_the_hosts_of_its_settings(tmp_path: Path, said: io.BytesIO) -> None:
    hosts = {"PUBLIC_URL": "https://media.example", "ALLOWED_HOSTS": "api,media.internal"}
    async with serving(tmp_path, **hosts) as (url, announced), http.AsyncClient(timeout=30) as client:
        await announced.get()
        answered = {
            host: (await client.get(f"{url}/docs", headers={"Host": host})).status_code
            for host in ("media.example", "api", "media.internal:3000", "evil.example")
        }
    assert answered == {"media.example": 200, "api": 200, "media.internal:3000": 200, "evil.example": 421}
