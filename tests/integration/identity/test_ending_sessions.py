"""What ends a session on one process ends its access tokens on the other, within a second and for good."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx2
import pytest

from tests.integration.identity.places import PASSWORD, SUPERUSER, Person, Place, bearer, newcomer, sign_in
from tests.servers import http

AT_ONCE = 1.0
BY_A_SIGNAL = 0.5  # sooner than any process looks by itself


@dataclass(frozen=True)
class Pair:
    """Both processes of an installation, and the superuser's header."""

    here: httpx2.Client
    there: httpx2.Client
    superuser: dict[str, str]
    within: float


@pytest.fixture(scope="module", params=["on_postgres", "with_redis", "without_signals"])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    place: Place = request.getfixturevalue(request.param)
    within = AT_ONCE if request.param == "without_signals" else BY_A_SIGNAL
    here, there = (http.Client(base_url=url, timeout=30) for url in place.urls)
    with here, there:
        yield Pair(here, there, bearer(sign_in(here, **SUPERUSER)), within)


def log_out(pair: Pair, person: Person) -> httpx2.Response:
    return pair.here.post("/auth/logout", json={"refresh_token": person.tokens["refresh_token"]})


def log_out_everywhere(pair: Pair, person: Person) -> httpx2.Response:
    return pair.here.post("/auth/logout-all", headers=person.signed_in)


def end_the_session(pair: Pair, person: Person) -> httpx2.Response:
    listed = pair.here.get("/sessions", headers=person.signed_in).json()["data"]
    return pair.here.delete(f"/sessions/{listed[0]['id']}", headers=person.signed_in)


def switch_off(pair: Pair, person: Person) -> httpx2.Response:
    return change(pair, person, is_active=False)


def change_the_password(pair: Pair, person: Person) -> httpx2.Response:
    return change(pair, person, password=f"{PASSWORD} from now on")


def change_the_role(pair: Pair, person: Person) -> httpx2.Response:
    return change(pair, person, role="admin")


def change(pair: Pair, person: Person, **what: object) -> httpx2.Response:
    return pair.here.patch(f"/users/{person.id}", json=what, headers=pair.superuser)


def delete_the_account(pair: Pair, person: Person) -> httpx2.Response:
    return pair.here.delete(f"/users/{person.id}", headers=pair.superuser)


@pytest.mark.parametrize(
    "end",
    [
        log_out,
        log_out_everywhere,
        end_the_session,
        switch_off,
        change_the_password,
        change_the_role,
        delete_the_account,
    ],
)
def test_it_ends_on_the_other_process(pair: Pair, end: Callable[[Pair, Person], httpx2.Response]) -> None:
    person, bystander = newcomer(pair.here), newcomer(pair.here)
    assert statuses(pair.there, person, times=20) == {200}
    # A process looks for itself when its last look is this old: from here on, one look lies just behind.
    time.sleep(0.9)
    assert statuses(pair.there, person, times=1) == {200}

    done = end(pair, person)
    assert done.status_code == 200, done.text
    assert seconds_until_refused(pair.there, person) < pair.within
    for client in (pair.here, pair.there):
        assert statuses(client, person, times=20) == {401}
        refused = client.post("/auth/refresh", json={"refresh_token": person.tokens["refresh_token"]})
        assert refused.status_code == 401
        assert statuses(client, bystander, times=2) == {200}


def test_only_the_session_that_ended_is_over(pair: Pair) -> None:
    person = newcomer(pair.here)
    other = Person(person.id, person.username, sign_in(pair.there, person.username, PASSWORD))
    assert log_out(pair, person).status_code == 200
    seconds_until_refused(pair.there, person)
    assert statuses(pair.there, other, times=20) == statuses(pair.here, other, times=20) == {200}
    assert log_out_everywhere(pair, other).json()["sessions_revoked"] == 1


def statuses(client: httpx2.Client, person: Person, *, times: int) -> set[int]:
    return {client.get("/auth/me", headers=person.signed_in).status_code for _ in range(times)}


def seconds_until_refused(client: httpx2.Client, person: Person) -> float:
    started = time.monotonic()
    while time.monotonic() < started + 10 * AT_ONCE:
        status = client.get("/auth/me", headers=person.signed_in).status_code
        if status == 401:
            return time.monotonic() - started
        assert status == 200
        time.sleep(0.01)
    raise AssertionError("the access token lives on")
