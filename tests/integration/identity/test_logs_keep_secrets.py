"""Whatever people send and get, no password, token or key of theirs is ever found in a log, or in an error's body."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from tests.integration.identity.places import SUPERUSER, Place, bearer, running
from tests.servers import http

JWT_SECRET = "a-shared-secret-of-the-installation-0123456789"
OAUTH_SECRET = "what-only-google-and-we-know-0123456789"
PASSWORD = "Tr0ub4dor-and-3-horses"
WRONG = "Wr0ng-but-nearly-Tr0ub4dor"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f6454"
    "00000000049454e44ae426082"
)


@dataclass
class Visitor:
    """Sends requests and remembers every secret that was in one or in an answer."""

    client: httpx2.Client
    secrets: set[str] = field(
        default_factory=lambda: {PASSWORD, WRONG, SUPERUSER["password"], JWT_SECRET, OAUTH_SECRET}
    )

    def ask(self, method: str, path: str, expected: int | None = None, **sent: Any) -> Any:
        answer = self.client.request(method, path, **sent)
        assert expected in {None, answer.status_code}, answer.text
        if answer.status_code >= 400:
            assert not self.found_in(answer.text + str(answer.headers)), "an error gave a secret away"
            return answer.status_code
        told = answer.json()
        self.secrets |= {told[name] for name in ("access_token", "refresh_token", "key") if name in told}
        return told

    def found_in(self, text: str) -> list[str]:
        return [secret for secret in sorted(self.secrets) if secret in text]


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{tmp_path}/media_store.db"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture
def place(log_format: str, tmp_path: Path, database: str) -> Iterator[Place]:
    google = {"OAUTH_GOOGLE_CLIENT_ID": "darkroom", "OAUTH_GOOGLE_CLIENT_SECRET": OAUTH_SECRET}
    chosen = {"LOG_FORMAT": log_format, "LOG_LEVEL": "debug", "DATABASE_URL": database, **google}
    if log_format == "json":
        chosen["JWT_SECRET"] = JWT_SECRET
    with running(tmp_path, 1, RATE_LIMIT="memory", **chosen) as place:
        yield place


@pytest.mark.parametrize(
    ("log_format", "kind"),
    [
        ("text", "postgres"),
        ("json", "sqlite"),
        pytest.param("text", "sqlite", marks=pytest.mark.soak),
        pytest.param("json", "postgres", marks=pytest.mark.soak),
    ],
)
def test_no_secret_is_found_in_any_log(place: Place, database: str) -> None:
    with http.Client(base_url=place.urls[0], timeout=30) as client:
        visitor = Visitor(client)
        tokens = comes_in(visitor)
        project, key = works(visitor, bearer(tokens))
        meets_our_faults(visitor, bearer(tokens), project, database)
        makes_mistakes(visitor, tokens, key)
        leaves(visitor)
    logs = place.logs()
    assert all(f"{path}" in logs for path in ("/auth/login", "/auth/refresh", "/upload/file", "/projects")), logs
    assert "Traceback" in logs
    assert not visitor.found_in(logs)
    assert "$argon2id$" not in logs


def comes_in(visitor: Visitor) -> dict[str, str]:
    visitor.ask("POST", "/auth/login", 200, json=SUPERUSER)
    account = {"email": "ada@example.com", "password": PASSWORD}
    visitor.ask("POST", "/auth/register", 201, json=account)
    visitor.ask("POST", "/auth/register", 409, json=account)
    visitor.ask("POST", "/auth/login", 401, json={**account, "password": WRONG})
    visitor.ask("POST", "/auth/login", 401, json={"username": PASSWORD, "password": PASSWORD})
    tokens: dict[str, str] = visitor.ask("POST", "/auth/login", 200, json=account)
    return tokens


def works(visitor: Visitor, signed_in: Mapping[str, str]) -> tuple[str, str]:
    project: str = visitor.ask("POST", "/projects", 201, json={"name": "mine"}, headers=signed_in)["id"]
    key: str = visitor.ask("POST", f"/projects/{project}/keys", 201, json={"name": "web"}, headers=signed_in)["key"]
    for header in ({"X-Api-Key": key}, {"Authorization": f"Bearer {key}"}):
        for path in ("/upload/file", "/upload/image"):
            visitor.ask("POST", path, 200, files={"file": ("a.png", PICTURE, "image/png")}, headers=header)
        visitor.ask("GET", "/files", 200, headers=header)
        visitor.ask("GET", "/users", 403, headers=header)
    return project, key


def makes_mistakes(visitor: Visitor, tokens: Mapping[str, str], key: str) -> None:
    access, refresh = tokens["access_token"], tokens["refresh_token"]
    for secret in (PASSWORD, access, refresh, key):
        for path in ("/auth/login", "/auth/register", "/auth/refresh", "/auth/logout", "/auth/oauth/callback"):
            for body in odd_bodies(secret):
                visitor.ask("POST", path, content=body, headers={"Content-Type": "application/json"})
            visitor.ask("POST", path, data={"username": "ada@example.com", "password": secret})
        for header in (
            {"Authorization": secret},
            {"Authorization": f"Basic {secret}"},
            {"Authorization": f"Bearer {secret}x"},
            {"X-Api-Key": secret[:-1]},
            {"X-Project-Id": secret, **bearer(tokens)},
        ):
            visitor.ask("GET", "/auth/me", headers=header)
            visitor.ask("POST", "/upload/file", files={"file": ("a.png", PICTURE, "image/png")}, headers=header)
        for path in ("/files", "/admin/jobs/events", "/auth/me", "/sessions"):
            visitor.ask("GET", path, params={"token": secret, "password": secret, "page": secret})


def odd_bodies(secret: str) -> Iterator[str]:
    for name in ("username", "email", "password", "refresh_token", "code", "state"):
        for value in (secret, [secret], {"value": secret}, secret * 40, f"{secret}\x00"):
            yield json.dumps({"password": WRONG, name: value})
    yield json.dumps({"username": "ada@example.com", "password": secret})[:-1]
    yield json.dumps([secret])
    yield json.dumps({"username": "ada@example.com", "password": secret, "at": float("nan")})
    yield secret


def meets_our_faults(visitor: Visitor, signed_in: Mapping[str, str], project: str, database: str) -> None:
    """Tables that take nothing in: the statements that fail have hashes of passwords, tokens and keys in them."""
    account = {"username": "ada@example.com", "password": PASSWORD}
    newcomer = {"email": "eve@example.com", "password": PASSWORD}
    asked: dict[str, Callable[[], Any]] = {
        "users": lambda: visitor.ask("POST", "/auth/register", json=newcomer),
        "sessions": lambda: visitor.ask("POST", "/auth/login", json=account),
        "refresh_tokens": lambda: visitor.ask("POST", "/auth/login", json=account),
        "api_keys": lambda: visitor.ask("POST", f"/projects/{project}/keys", json={"name": "b"}, headers=signed_in),
        "audit": lambda: visitor.ask("POST", "/auth/login", json={**account, "password": WRONG}),
    }
    for table, request in asked.items():
        with closed_table(database, table):
            assert request() == 500, table


@contextmanager
def closed_table(database: str, table: str) -> Iterator[None]:
    if database.startswith("postgres"):
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(f"ALTER TABLE {table} ADD CONSTRAINT shut CHECK (false) NOT VALID")  # type: ignore[call-overload]
            yield
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT shut")  # type: ignore[call-overload]
        return
    with closing(sqlite3.connect(database.removeprefix("sqlite:///"), timeout=10)) as connection:
        connection.execute(f"CREATE TRIGGER shut BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'shut'); END")
        yield
        connection.execute("DROP TRIGGER shut")


def leaves(visitor: Visitor) -> None:
    tokens = visitor.ask("POST", "/auth/login", 200, json={"email": "ada@example.com", "password": PASSWORD})
    token = tokens["refresh_token"]
    for _ in range(3):
        token = visitor.ask("POST", "/auth/refresh", 200, json={"refresh_token": token})["refresh_token"]
    visitor.ask("POST", "/auth/refresh", 401, json={"refresh_token": tokens["refresh_token"]})
    visitor.ask("POST", "/auth/refresh", 401, json={"refresh_token": token})
    visitor.ask("GET", "/auth/me", 401, headers=bearer(tokens))
    visitor.ask("POST", "/auth/logout", 200, json={"refresh_token": token})
