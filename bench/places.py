"""A Darkroom to measure, with somebody signed in, and the floor under it: a bare Starlette route on the same server."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2

from bench.processes import cpu_of_tree
from tests.integration.stories.running import darkroom, environment, free_port, process, wait_until_ready

ACCOUNT = {"username": "bench", "password": "the password of the bench"}
SIDE = {"User-Agent": "bench", "Accept": "application/json"}


@dataclass(frozen=True)
class Server:
    """One program, where it listens, and where it keeps its rows and blobs, if any."""

    url: str
    pid: int
    database: str = ""
    blobs: Path = Path()

    def cpu(self) -> float:
        """Seconds of CPU it has used so far, all threads and children together."""
        return cpu_of_tree(self.pid)


@contextmanager
def darkroom_server(command: str = "serve", **more: str) -> Iterator[Server]:
    """The API with its defaults (SQLite, logs on, to a file), but for the rate limits."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        settings = {"DATA_DIR": f"{name}/data", "RATE_LIMIT": "off", "PORT": str(port), **more}
        darkroom("migrate", settings=settings, folder=folder)
        made = ("create-superuser", "--username", ACCOUNT["username"], "--password-stdin")
        darkroom(*made, settings=settings, folder=folder, stdin=f"{ACCOUNT['password']}\n")
        with process(command, settings=settings, folder=folder) as child:
            url = f"http://127.0.0.1:{port}"
            wait_until_ready(url, child, folder / f"{command}.log")
            yield Server(url, child.pid, f"sqlite:///{name}/data/media_store.db", folder / "data" / "media_store")


@contextmanager
def bare_server(module: str = "bench.floor", *arguments: str) -> Iterator[Server]:
    """A floor, Starlette's JSONResponse unless another is named, served by uvicorn as we set it up."""
    port = free_port()
    child = subprocess.Popen([sys.executable, "-m", module, *arguments, str(port)], env=environment({}))
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(url)
        yield Server(url, child.pid)
    finally:
        child.terminate()
        child.wait()


def wait_for(url: str) -> None:
    """Return once it answers."""
    for _ in range(200):
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


def access_token(server: Server) -> str:
    """Somebody signed in."""
    answer = httpx2.post(f"{server.url}/auth/login", json=ACCOUNT)
    answer.raise_for_status()
    return str(answer.json()["access_token"])


@contextmanager
def signed_in(server: Server) -> Iterator[httpx2.Client]:
    """A client of theirs."""
    headers = {**SIDE, "Authorization": f"Bearer {access_token(server)}"}
    with httpx2.Client(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


def made(client: httpx2.Client, path: str, body: Mapping[str, object]) -> dict[str, str]:
    """What was made of it."""
    answer = client.post(path, json=body)
    answer.raise_for_status()
    told: dict[str, str] = answer.json()
    return told
