"""Every error has one shape, whoever raised it."""

from http import HTTPStatus

import httpx2
import pytest
from starlette.exceptions import HTTPException

from domain.errors import (
    Conflict,
    DarkroomError,
    FieldError,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    NotSignedIn,
    Outage,
    StorageFull,
    TooLarge,
    TooMany,
    Unavailable,
    UnsupportedMedia,
)
from entrypoints.http.problems import STATUSES
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import SampleDoor, ThingMissing

pytestmark = pytest.mark.anyio

EXPECTED = {
    Malformed: 400,
    NotSignedIn: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    StorageFull: 507,
}


def test_every_category_has_a_status() -> None:
    kinds = {*DarkroomError.__subclasses__(), *Outage.__subclasses__()} - {Outage}
    ours = {kind for kind in kinds if kind.__module__ == "domain.errors"}
    assert ours == set(STATUSES) == set(EXPECTED)


@pytest.mark.parametrize("kind", EXPECTED, ids=lambda kind: kind.__name__)
async def test_each_category_has_its_status(
    client: httpx2.AsyncClient, door: SampleDoor, kind: type[DarkroomError]
) -> None:
    door.fault = kind("this will not do")
    answer = await client.get("/fault", headers={"X-Request-Id": "my-request-1"})
    status = EXPECTED[kind]
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": "this will not do",
        "code": kind.code,
        "error": "this will not do",
        "request_id": "my-request-1",
    }


async def test_concrete_errors_keep_their_code_and_fields(client: httpx2.AsyncClient, door: SampleDoor) -> None:
    door.fault = ThingMissing("thing not found")
    assert (await client.get("/fault")).json()["code"] == "thing_not_found"
    door.fault = Invalid("no", errors=[FieldError("settings.quota", "must be a number")])
    answer = await client.get("/fault")
    assert answer.json()["errors"] == [{"field": "settings.quota", "message": "must be a number"}]


@pytest.mark.parametrize(
    ("fault", "header"),
    [
        (Unavailable("down", retry_after=0.2), "1"),
        (Unavailable("down"), "5"),
        (TooMany("often", retry_after=7.1), "8"),
        (ThingMissing("not yet", retry_after=3), "3"),
    ],
)
async def test_when_to_come_back(
    client: httpx2.AsyncClient, door: SampleDoor, fault: DarkroomError, header: str
) -> None:
    door.fault = fault
    assert (await client.get("/fault")).headers["retry-after"] == header


async def test_an_error_in_a_task_group_is_still_that_error(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/grouped")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


async def test_unknown_paths(client: httpx2.AsyncClient) -> None:
    for path in ("/nope", "/things/", "//", "/things/1/2/3", "/%00", "/blobs", "/blobs/a%00b", "/%2e%2e/etc"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "route_not_found"), path
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (HTTPException(416, headers={"Content-Range": "bytes */7"}), "range_not_satisfiable"),
        (HTTPException(418), "i_m_a_teapot"),
    ],
)
async def test_what_the_framework_refuses(
    client: httpx2.AsyncClient, door: SampleDoor, fault: HTTPException, code: str
) -> None:
    door.fault = fault
    answer = await client.get("/fault")
    assert (answer.status_code, answer.json()["code"]) == (fault.status_code, code)
    assert answer.headers.get("content-range") == (fault.headers or {}).get("Content-Range")


async def test_unknown_methods(client: httpx2.AsyncClient) -> None:
    for method in ("PUT", "OPTIONS", "BREW"):
        answer = await client.request(method, "/things")
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("fault", [KeyError("a secret cause"), DarkroomError("a secret cause"), OSError(28, "secret")])
async def test_a_fault_of_ours_shows_no_cause_but_is_logged(
    client: httpx2.AsyncClient, door: SampleDoor, logged: Lines, fault: Exception
) -> None:
    door.fault = fault
    answer = await client.get("/fault", headers={"X-Request-Id": "fault-0001"})
    assert answer.status_code == 500
    problem = answer.json()
    assert (problem["code"], problem["request_id"]) == ("internal_error", "fault-0001")
    assert "secret" not in answer.text
    assert type(fault).__name__ not in answer.text
    assert "secret" in logged.text
    assert "in raise_fault" in logged.text
    assert "fault-0001" in logged.text
    assert answer.headers["x-content-type-options"] == "nosniff"
