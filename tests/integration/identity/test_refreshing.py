"""One refresh token in many hands: one successor, whatever the order; and a token of the past ends the session."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
import pytest

from tests.integration.identity.places import SUPERUSER, Person, Place, bearer, newcomer, sign_in
from tests.servers import http

AT_ONCE = 20


@pytest.mark.parametrize("where", ["on_postgres", "without_signals"])
def test_twenty_threads_with_one_token_over_two_processes(where: str, request: pytest.FixtureRequest) -> None:
    place: Place = request.getfixturevalue(where)
    one_token_in_many_hands(place.urls, place.urls)


def test_twenty_threads_with_one_token_on_one_process(without_signals: Place) -> None:
    one_token_in_many_hands(without_signals.urls[:1], without_signals.urls)


def one_token_in_many_hands(refreshed_at: Sequence[str], checked_at: Sequence[str]) -> None:
    with http.Client(base_url=refreshed_at[0], timeout=30) as client:
        for _ in range(3):
            person = newcomer(client)
            parent = person.tokens["refresh_token"]
            answers = refresh_at_once(refreshed_at, parent)

            assert [answer.status_code for answer in answers] == [200] * AT_ONCE, [each.text for each in answers]
            (successor,) = {answer.json()["refresh_token"] for answer in answers}
            assert successor != parent
            assert all(works(url, answer.json()) for url in checked_at for answer in answers[:2])
            told_again_until_it_is_past(client, checked_at, person, successor)


def told_again_until_it_is_past(client: httpx2.Client, urls: Sequence[str], person: Person, successor: str) -> None:
    parent = person.tokens["refresh_token"]
    assert refreshed(client, parent)["refresh_token"] == successor  # the successor has not been used yet
    grandchild = refreshed(client, successor)["refresh_token"]
    assert refreshed(client, parent)["refresh_token"] == successor  # it has, a moment ago
    newest = refreshed(client, grandchild)
    assert all(works(url, tokens) for url in urls for tokens in (person.tokens, newest))

    reuse = client.post("/auth/refresh", json={"refresh_token": parent})
    assert (reuse.status_code, reuse.json()["code"]) == (401, "session_ended")
    assert not works(urls[0], newest)
    for token in (parent, successor, grandchild, newest["refresh_token"]):
        assert client.post("/auth/refresh", json={"refresh_token": token}).status_code == 401
    assert reuse_is_on_record(client, person)


def refresh_at_once(urls: Sequence[str], token: str) -> list[httpx2.Response]:
    start = Barrier(AT_ONCE)

    def refresh(number: int) -> httpx2.Response:
        with http.Client(base_url=urls[number % len(urls)], timeout=30) as client:
            client.get("/health")
            start.wait(30)
            return client.post("/auth/refresh", json={"refresh_token": token})

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(refresh, range(AT_ONCE)))


def refreshed(client: httpx2.Client, token: str) -> dict[str, str]:
    answer = client.post("/auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


def works(url: str, tokens: dict[str, str]) -> bool:
    return http.get(f"{url}/auth/me", headers=bearer(tokens)).status_code == 200


def reuse_is_on_record(client: httpx2.Client, person: Person) -> bool:
    superuser = bearer(sign_in(client, **SUPERUSER))
    wanted = {"subject": f"user:{person.id}", "action": "auth.refresh_reused"}
    found = client.get("/audit/logs", params=wanted, headers=superuser)
    return bool(found.json()["total_items"] == 1)
