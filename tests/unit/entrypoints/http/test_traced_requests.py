"""What a request shows of itself in a trace, and when."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import pytest
from starlette.types import Message, Receive, Scope, Send

from adapters.memory.traces import MemoryTraces
from entrypoints.http.middleware.traced_requests import TracedRequests
from tests.tables import over_rows

pytestmark = pytest.mark.anyio

App = Callable[[Scope, Receive, Send], Awaitable[None]]


def answering(status: int, content_type: bytes = b"application/json", then: Callable[[], object] = lambda: None) -> App:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"Content-Type", content_type)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        then()
        await send({"type": "http.response.body", "body": b""})

    return app


async def ask(
    traces: MemoryTraces, app: App, method: str = "GET", path: str = "/files/beach.jpg", **more: object
) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        """Nobody reads it."""

    scope = {"type": "http", "method": method, "path": path, "scheme": "https", "headers": [], "query_string": b"t=1"}
    await TracedRequests(app, traces)({**scope, **more}, receive, send)


async def test_the_name_is_the_method_and_the_template_of_the_route() -> None:
    traces, route = MemoryTraces(), SimpleNamespace(path_format="/files/{key}")
    await ask(traces, answering(200), route=route)
    (request,) = traces.ended
    assert (request.name, request.attributes["http.route"]) == ("GET /files/{key}", "/files/{key}")
    assert request.attributes["url.scheme"] == "https"
    assert "beach" not in repr(request)


async def test_a_method_nobody_knows_is_not_repeated() -> None:
    traces = MemoryTraces()
    await ask(traces, answering(405), method="GEHEIM")
    (request,) = traces.ended
    assert (request.name, request.attributes["http.request.method"]) == ("HTTP", "_OTHER")
    assert "GEHEIM" not in repr(request)


@over_rows(("status", "failed"), [(200, False), (404, False), (429, False), (500, True), (503, True)])
async def test_which_answers_are_failures(status: int, failed: bool) -> None:
    traces = MemoryTraces()
    await ask(traces, answering(status))
    (request,) = traces.ended
    assert request.failed is failed
    assert request.attributes.get("error.type") == (str(status) if failed else None)


@pytest.mark.parametrize("path", ["/health", "/health/ready", "/metrics"])
async def test_machines_that_ask_all_the_time_are_not_followed(path: str) -> None:
    traces = MemoryTraces()
    await ask(traces, answering(200), path=path)
    assert traces.ended == []


async def test_a_stream_is_over_for_its_trace_when_it_begins() -> None:
    traces, seen = MemoryTraces(), []

    def go_on_for_days() -> None:
        seen.extend(each.name for each in traces.ended)
        with traces.span("look"):
            traces.leaf("SELECT events").end()

    await ask(traces, answering(200, b"text/event-stream; charset=utf-8", go_on_for_days))
    assert seen == [each.name for each in traces.ended] == ["GET"]
    assert traces.ended[0].attributes["http.response.status_code"] == 200


async def test_a_client_that_leaves_leaves_a_trace() -> None:
    async def hanging(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    traces = MemoryTraces()
    asking = asyncio.create_task(ask(traces, hanging))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    (request,) = traces.ended
    assert not request.failed
    assert "http.response.status_code" not in request.attributes
