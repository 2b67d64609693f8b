"""One declaration is routed, validated, authenticated and answered."""

import asyncio

import httpx2
import pytest
from starlette.types import ASGIApp, Message

from domain.access import Caller
from entrypoints.http.operations import Auth, Op
from entrypoints.http.routing import routes_of
from tests.tables import over_rows
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import THING, SampleDoor, authenticate

pytestmark = pytest.mark.anyio

ANN = {"Authorization": "Bearer ann"}


async def test_a_model_becomes_json_with_its_status(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things", json={"name": "lens"})
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.json() == {"id": str(THING), "name": "lens", "at": "2026-01-02T03:04:05Z"}


async def test_uuids_and_times_are_taken_from_json_text(client: httpx2.AsyncClient) -> None:
    body = {"name": "x", "owner": str(THING), "at": "2026-01-01T00:00:00Z"}
    assert (await client.post("/things", json=body)).status_code == 201


async def test_every_wrong_field_is_named_at_once(client: httpx2.AsyncClient) -> None:
    body = {
        "name": 7,
        "colour": "red",
        "settings": {"variants": {"thumb": {"width": "300"}}, "keep_original": "yes"},
    }
    answer = await client.post("/things?limit=101", json=body)
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "validation_failed"
    assert {each["field"] for each in problem["errors"]} == {
        "limit",
        "name",
        "colour",
        "settings.variants.thumb.width",
        "settings.keep_original",
    }
    assert all(each["message"] for each in problem["errors"])


async def test_values_sent_are_not_echoed(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things", json={"name": ["hunter2-secret"]})
    assert answer.status_code == 422
    assert "hunter2" not in answer.text


async def test_fields_a_model_does_not_know_are_left_alone(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things/loose", json={"name": "a", "more": 1})
    assert (answer.status_code, answer.json()) == (200, {"name": "a"})


async def test_an_optional_body_may_be_absent(client: httpx2.AsyncClient) -> None:
    assert (await client.post("/things/maybe")).json() is False
    assert (await client.post("/things/maybe", json={"name": "a"})).json() is True


@over_rows(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("APPLICATION/JSON;charset=UTF-8", 201),
        ("application/merge-patch+json", 201),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
async def test_only_json_is_taken_for_json(client: httpx2.AsyncClient, content_type: str, status: int) -> None:
    answer = await client.post("/things", content=b'{"name":"a"}', headers={"Content-Type": content_type})
    assert answer.status_code == status


async def test_an_empty_body_is_malformed(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


async def test_queries_are_converted_and_unknown_names_left_alone(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/things?page=2&kind=image&kind=video&_=123")
    assert answer.json() == {"page": 2, "limit": 10, "kind": ["image", "video"], "wish": None}


@over_rows("query", ["limit=0", "limit=101", "limit=ten", "page=-1", "page=", "kind=%00"])
async def test_wrong_queries_are_invalid(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"/things?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_a_flood_of_parameters_is_refused(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/things?" + "&".join(f"a{n}=1" for n in range(500)))
    assert answer.status_code == 422


async def test_headers_are_a_part_of_their_own(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/things", headers={"Idempotency-Key": "abc"})
    assert answer.json()["wish"] == "abc"
    answer = await client.get("/things", headers={"Idempotency-Key": "much too long"})
    assert answer.json()["errors"][0]["field"] == "idempotency_key"


async def test_an_id_that_cannot_exist_is_like_one_that_does_not(client: httpx2.AsyncClient) -> None:
    absent = await client.get("/things/00000000-0000-4000-8000-000000000000", headers=ANN)
    malformed = await client.get("/things/nonsense", headers=ANN)
    assert absent.status_code == malformed.status_code == 404
    first, second = absent.json(), malformed.json()
    assert first.pop("request_id") != second.pop("request_id")
    assert first == second
    assert first["code"] == "thing_not_found"


async def test_an_operation_may_say_itself_what_is_absent(client: httpx2.AsyncClient) -> None:
    answer = await client.patch("/things/nonsense")
    assert (answer.status_code, answer.json()["detail"]) == (404, "it went fishing")


async def test_head_is_get_without_its_body(client: httpx2.AsyncClient) -> None:
    got, asked = await client.get("/things"), await client.head("/things")
    assert asked.status_code == 200
    assert asked.content == b""
    assert asked.headers["content-length"] == got.headers["content-length"]


async def test_head_does_not_produce_a_stream(client: httpx2.AsyncClient, door: SampleDoor, logged: Lines) -> None:
    answer = await client.head("/stream")
    assert (answer.status_code, answer.content) == (200, b"")
    assert door.produced < 5
    assert logged.all == ["Thing | HEAD /stream | res=200"]


async def test_head_stops_a_stream_under_servers_that_only_fail_to_send(app: ASGIApp, door: SampleDoor) -> None:
    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        sent.append(message["type"])

    sent: list[str] = []
    asgi = {"version": "3.0", "spec_version": "2.4"}
    scope = {"type": "http", "asgi": asgi, "method": "HEAD", "path": "/stream", "query_string": b"", "headers": []}
    await app(scope, receive, send)
    assert sent == ["http.response.start", "http.response.body"]
    assert door.produced < 5


async def test_405_lists_every_method_of_the_path(client: httpx2.AsyncClient) -> None:
    for path, methods in {
        "/things": "GET, HEAD, POST",
        "/things/batch": "POST",
        f"/things/{THING}": "DELETE, GET, HEAD, PATCH",
    }.items():
        answer = await client.put(path, headers=ANN)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
    assert (await client.get("/things/batch", headers=ANN)).status_code == 405


async def test_parameters_and_rests_of_paths(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/things/7/parts/left%20one")).json() == {"thing_id": "7", "name": "left one"}
    assert (await client.get("/things/7/parts/first")).json() == "the first"
    assert (await client.get("/blobs/a/b/c.png")).text == "a/b/c.png"
    assert (await client.get("/things/7/parts/a/b")).status_code == 404


async def test_nothing_to_say_is_204_without_content(client: httpx2.AsyncClient) -> None:
    answer = await client.delete(f"/things/{THING}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-type" not in answer.headers
    assert "content-length" not in answer.headers


async def test_a_reply_sets_status_and_headers(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/reply")
    assert (answer.status_code, answer.headers["x-plan"]) == (202, "yes")
    assert answer.json()["limit"] == 10


async def test_a_body_past_its_cap_is_refused_by_length_and_by_count(client: httpx2.AsyncClient) -> None:
    async def chunks():  # type: ignore[no-untyped-def]
        for _ in range(11):
            yield b"x" * 100

    assert (await client.post("/raw", content=b"x" * 1000)).text == "1000"
    for content in (b"x" * 1001, chunks()):
        answer = await client.post("/raw", content=content)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_json_has_a_cap_of_a_mebibyte(client: httpx2.AsyncClient) -> None:
    huge = b'{"name": "' + b"a" * (1 << 20) + b'"}'
    answer = await client.post("/things", content=huge, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


async def test_a_length_that_is_no_number_is_malformed(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/things", content=b"{}", headers={"Content-Length": "-1"})
    assert answer.status_code == 400


class TestWhoMayKnock:
    @pytest.mark.parametrize("path", [f"/things/{THING}", "/key", "/both", "/events", "/events?token="])
    async def test_nobody_is_asked_to_sign_in(self, client: httpx2.AsyncClient, path: str) -> None:
        answer = await client.get(path)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.json()["code"] == "not_signed_in"

    @pytest.mark.parametrize("shown", ["Bearer old", "Basic YTpi", "Bearer", "Bearer  "])
    async def test_a_bad_credential_is_401(self, client: httpx2.AsyncClient, shown: str) -> None:
        answer = await client.get("/both", headers={"Authorization": shown})
        assert answer.status_code == 401

    async def test_the_wrong_kind_of_caller_is_403(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get(f"/things/{THING}", headers={"X-Api-Key": "key"})).status_code == 403
        assert (await client.get("/key", headers=ANN)).status_code == 403

    async def test_the_right_kind_comes_in(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get(f"/things/{THING}", headers=ANN)).json()["name"] == "ann"
        assert (await client.get("/key", headers={"X-Api-Key": "key"})).status_code == 200
        assert (await client.get("/both", headers={"Authorization": "bearer key"})).json() == "KeyCaller"
        assert (await client.get("/both", headers=ANN)).json() == "UserCaller"

    async def test_an_open_door_takes_anybody(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/open")).json() == "NoneType"
        assert (await client.get("/open", headers=ANN)).json() == "UserCaller"
        assert (await client.get("/open", headers={"Authorization": "Bearer old"})).json() == "NoneType"
        assert (await client.get("/open", headers={"Authorization": "Basic x"})).json() == "NoneType"

    async def test_a_token_in_the_query_counts_only_where_it_is_declared(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/events?token=ann")).json() == "UserCaller"
        assert (await client.get("/both?token=ann")).status_code == 401

    async def test_who_asks_is_settled_before_what(self, client: httpx2.AsyncClient) -> None:
        assert (await client.get("/things/nonsense")).status_code == 401


class TestDeclarations:
    async def _handler(self, caller: Caller) -> None: ...

    async def _odd(self, qery: int) -> None: ...

    def test_a_caller_needs_a_door_that_asks(self) -> None:
        with pytest.raises(TypeError, match="caller"):
            Op("GET", "/", self._handler, module="X")

    def test_a_misspelt_part_is_found_at_once(self) -> None:
        with pytest.raises(TypeError, match="qery"):
            Op("GET", "/", self._odd, module="X")

    def test_an_operation_is_declared_once(self) -> None:
        op = Op("GET", "/", self._handler, module="X", auth=Auth.USER)
        with pytest.raises(ValueError, match="twice"):
            routes_of([op, op], authenticate)
