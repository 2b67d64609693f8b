"""Each request is a step of a trace: the caller's own when it sends a sane `traceparent`, else a new one.

Starlette's own middleware for this writes down the query, in which links carry their signatures, and the path, which
is made of names that users chose.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from application.ports.traces import Attributes, Span, Traces
from application.tracing import trace_id_of
from entrypoints.http.log_context import add_context, current

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Asked every few seconds, and by machines.
_UNSEEN = ("/health", "/metrics")
_ENDLESS = b"text/event-stream"


class TracedRequests:
    """Names the step of a request by its route, and notes what became of it: neither path nor query."""

    def __init__(self, app: ASGIApp, traces: Traces) -> None:
        self._app, self._traces = app, traces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(_UNSEEN):
            await self._app(scope, receive, send)
            return
        method = scope["method"] if scope["method"] in _METHODS else "_OTHER"
        name = "HTTP" if method == "_OTHER" else method
        with self._traces.continued(name, _carried(scope), _asked(scope, method), kind="server") as span:
            add_context(trace=trace_id_of(self._traces.carried()))

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _answer(span, scope, name, message)
                await send(message)

            await self._app(scope, receive, sending)


def _carried(scope: Scope) -> str | None:
    sent = [value for name, value in scope["headers"] if name == b"traceparent"]
    return sent[0].decode("latin-1") if len(sent) == 1 else None


def _asked(scope: Scope, method: str) -> Attributes:
    asked = {"http.request.method": method, "url.scheme": scope["scheme"]}
    record = current()
    return asked if record is None else {**asked, "darkroom.request.id": record.request_id}


def _answer(span: Span, scope: Scope, name: str, message: Message) -> None:
    status = message["status"]
    if (route := scope.get("route")) is not None:
        span.rename(f"{name} {route.path_format}")
        span.tell({"http.route": route.path_format})
    span.tell({"http.response.status_code": status})
    if status >= 500:
        span.fail(str(status))
    # What follows may take days, and would be one trace that nobody ever sees the whole of.
    if any(key.lower() == b"content-type" and value.startswith(_ENDLESS) for key, value in message.get("headers", ())):
        span.end()
