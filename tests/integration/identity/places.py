"""Installations of one or two processes, and the people who use them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import httpx2

from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready

SUPERUSER = {"username": "riz", "password": "correct horse battery staple"}
PASSWORD = "the password of somebody"


@dataclass(frozen=True)
class Place:
    """Processes that share a database; what they write to their logs lies in `folder`."""

    urls: tuple[str, ...]
    folder: Path

    def logs(self) -> str:
        return "\n".join(log.read_text() for log in sorted(self.folder.rglob("*.log")))


@dataclass(frozen=True)
class Person:
    """Somebody with an account, signed in."""

    id: str
    username: str
    tokens: dict[str, str]

    @property
    def signed_in(self) -> dict[str, str]:
        return bearer(self.tokens)


@contextmanager
def running(folder: Path, instances: int, **settings: str) -> Iterator[Place]:
    """So many processes on one database, which is a SQLite file unless the settings say otherwise."""
    shared = {"DATA_DIR": str(folder / "data"), "RATE_LIMIT": "off", "REGISTRATION": "open", **settings}
    darkroom("migrate", settings=shared, folder=folder)
    made = ("create-superuser", "--username", SUPERUSER["username"], "--password-stdin")
    darkroom(*made, settings=shared, folder=folder, stdin=f"{SUPERUSER['password']}\n")
    with ExitStack() as processes:
        urls = [processes.enter_context(instance(folder / str(number), shared)) for number in range(instances)]
        yield Place(tuple(urls), folder)


@contextmanager
def instance(folder: Path, settings: Mapping[str, str]) -> Iterator[str]:
    folder.mkdir()
    port = free_port()
    with process("serve", settings={**settings, "PORT": str(port)}, folder=folder) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, folder / "serve.log")
        yield url


def bearer(tokens: Mapping[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens['access_token']}"}


def sign_in(client: httpx2.Client, username: str, password: str) -> dict[str, str]:
    answer = client.post("/auth/login", json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


def newcomer(client: httpx2.Client) -> Person:
    """Somebody who has just registered and signed in."""
    email = f"{token_hex(6)}@example.com"
    made = client.post("/auth/register", json={"email": email, "password": PASSWORD})
    assert made.status_code == 201, made.text
    return Person(made.json()["id"], email, sign_in(client, email, PASSWORD))
