"""How long a refused sign-in takes tells nothing about the account."""

import sqlite3
import time
from pathlib import Path
from statistics import median

import httpx2
import pytest

from tests.integration.identity.places import Place, newcomer
from tests.servers import http

SAMPLES = 60
ATTEMPTS = 3  # the machine is not ours alone
MOST_APART = 1.10


def test_a_refused_sign_in_takes_the_same_for_everybody(without_signals: Place) -> None:
    with http.Client(base_url=without_signals.urls[0], timeout=30) as client:
        names = {
            "known": newcomer(client).username,
            "without a password": take_the_password_of(newcomer(client).username, without_signals.folder),
            "unknown": "nobody000000@example.com",
        }
        told = []
        for _ in range(ATTEMPTS):
            medians = measured(client, names)
            told.append(medians)
            if max(medians.values()) <= MOST_APART * min(medians.values()):
                return
    pytest.fail(f"seconds: {told}")


def measured(client: httpx2.Client, names: dict[str, str]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {kind: [] for kind in names}
    for _ in range(SAMPLES):
        for kind, name in names.items():
            started = time.perf_counter()
            answer = client.post("/auth/login", json={"username": name, "password": "not the password"})
            seconds[kind].append(time.perf_counter() - started)
            assert (answer.status_code, answer.json()["code"]) == (401, "wrong_credentials")
    return {kind: median(each) for kind, each in seconds.items()}


def take_the_password_of(username: str, folder: Path) -> str:
    """Leave somebody with an account that signs in through a provider only."""
    with sqlite3.connect(folder / "data" / "media_store.db", timeout=10) as database:
        changed = database.execute("UPDATE users SET password_hash = NULL WHERE username = ?", (username,))
        assert changed.rowcount == 1
    return username
