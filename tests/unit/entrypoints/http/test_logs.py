"""What the operator reads: one line a request, which nobody outside can forge."""

import io
import json
import logging
import unicodedata

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.logs import configure_logs, log, log_exception, printable
from tests.unit.entrypoints.http.conftest import Lines
from tests.unit.entrypoints.http.sample import THING, SampleDoor

pytestmark = pytest.mark.anyio

ANN = {"Authorization": "Bearer ann"}


async def test_the_line_of_a_request(client: httpx2.AsyncClient, logged: Lines) -> None:
    await client.get("/things")
    await client.get(f"/things/{THING}", headers=ANN)
    await client.get("/things/nonsense", headers=ANN)
    await client.get("/key")
    await client.get("/nope")
    assert logged.all == [
        "Thing | GET /things | res=200",
        f"Thing | GET /things/{THING} | user=ann | res=200",
        "Thing | GET /things/nonsense | user=ann | res=404 | there is no such thing",
        "Thing | GET /key | res=401 | Missing API Key: send the header 'X-Api-Key: <key>'",
        "Error | GET /nope | res=404 | nothing is served at this path; /docs lists what is",
    ]


async def test_context_keeps_its_order_and_cannot_forge_a_line(client: httpx2.AsyncClient, logged: Lines) -> None:
    await client.get("/noted")
    assert logged.all == ["Thing | GET /noted | project=my app | file=a\\nb \\x7c res=200 | res=200"]


async def test_context_of_one_request_is_not_in_the_next(client: httpx2.AsyncClient, logged: Lines) -> None:
    await client.get("/noted")
    await client.get("/things")
    assert logged.all[-1] == "Thing | GET /things | res=200"


async def test_queries_are_never_logged(client: httpx2.AsyncClient, logged: Lines) -> None:
    await client.get("/events?token=ann")
    await client.get("/nope?token=secret-token")
    assert "token" not in logged.text


async def test_paths_cannot_forge_a_line(client: httpx2.AsyncClient, logged: Lines) -> None:
    await client.get("/nope%0AError%20%7C%20GET%20/%20%7C%20res=200")
    assert len(logged.all) == 1
    assert logged.text.count(" | ") == 3


async def test_the_line_for_machines(client: httpx2.AsyncClient) -> None:
    stream = io.BytesIO()
    configure_logs("json", "info", stream=stream)
    await client.get("/noted?token=x", headers={"X-Request-Id": "request-1"})
    await client.get("/nope")
    first, second = map(json.loads, stream.getvalue().splitlines())
    assert list(first) == [
        "time", "level", "module", "method", "path", "status", "duration_ms", "request_id", "context",
    ]  # fmt: skip
    assert first["time"].endswith("Z")
    assert isinstance(first.pop("duration_ms"), float)
    assert {**first, "time": ""} == {
        "time": "",
        "level": "info",
        "module": "Thing",
        "method": "GET",
        "path": "/noted",
        "status": 200,
        "request_id": "request-1",
        "context": {"project": "my app", "file": "a\nb | res=200"},
    }
    assert second["detail"].startswith("nothing is served")


async def test_faults_are_errors(client: httpx2.AsyncClient, door: SampleDoor) -> None:
    stream = io.BytesIO()
    configure_logs("json", "info", stream=stream)
    await client.get("/fault")
    fault, line = map(json.loads, stream.getvalue().splitlines())
    assert fault["level"] == line["level"] == "error"
    assert "KeyError" in fault["traceback"]
    assert fault["context"]["request_id"] == line["request_id"]


def test_a_line_that_belongs_to_no_request(logged: Lines) -> None:
    log("Worker", "started", slots=4, name="a|b")
    log("Worker", "chatter", level="debug")
    assert logged.all == ["Worker | started | slots=4 | name=a\\x7cb"]


def test_a_traceback_cannot_forge_a_line(logged: Lines) -> None:
    try:
        raise ValueError("x\nAuth | POST /auth/login | user=su | res=200 \x1b[2J")
    except ValueError as error:
        log_exception("Worker", "job failed", error, job=7)
    lines = logged.all
    assert lines[0] == "Worker | job failed | job=7"
    assert all(line.startswith("    ") for line in lines[1:])
    assert not any(" | " in line or "\x1b" in line for line in lines[1:])


def test_the_libraries_speak_through_the_same(logged: Lines) -> None:
    logging.getLogger("uvicorn.error").warning("Invalid HTTP %s", "request\r\nError | x")
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("somebody.else").error("oh")
    assert logged.all == ["Server | Invalid HTTP request\\r\\nError \\x7c x", "Somebody | oh"]


def test_levels(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.BytesIO()
    configure_logs("text", "warning", stream=stream)
    log("A", "quiet")
    log("A", "loud", level="warning")
    assert stream.getvalue() == b"A | loud\n"


@given(st.text())
def test_nothing_printed_can_end_or_split_a_line(text: str) -> None:
    shown = printable(text)
    assert "|" not in shown
    assert len(shown.splitlines()) <= 1
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in shown)
    shown.encode()


def test_very_long_values_are_cut() -> None:
    assert len(printable("a" * 100_000)) < 1100
