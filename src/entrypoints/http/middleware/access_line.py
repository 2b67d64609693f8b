"""One log line a request, written when it is over, and what is to be measured of it."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from application.ports.measures import Measures
from entrypoints.http.log_context import RequestRecord, current
from entrypoints.logs import log_request

CLIENT_LEFT = 499  # the customary number for a client that went away before its answer
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD, NO_ROUTE = "other", "none"


class AccessLine:
    """Logs method, path, context and status. Never the query, which may carry a token."""

    def __init__(self, app: ASGIApp, measures: Measures | None = None) -> None:
        self._app = app
        self._measures = measures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve and log one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, received, sent = CLIENT_LEFT, 0, 0
        started = perf_counter()

        async def receiving() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receiving, sending)
        finally:
            seconds = perf_counter() - started
            if self._measures is not None:
                self._measures.answered(
                    route=_route(scope),
                    method=_method(scope),
                    status=status,
                    seconds=seconds,
                    received=received,
                    sent=sent,
                )
            if (record := current()) is not None:
                _write(scope, record, status, seconds)


def _route(scope: Scope) -> str:
    """The path as it was declared: never one that a client made up."""
    route = scope.get("route")
    return NO_ROUTE if route is None else str(route.path_format)


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in METHODS else OTHER_METHOD


def _write(scope: Scope, record: RequestRecord, status: int, seconds: float) -> None:
    raw = scope.get("raw_path")
    path = raw.partition(b"?")[0].decode("latin-1") if raw else scope["path"]
    log_request(
        module=record.module,
        method=scope["method"],
        path=path,
        status=status,
        duration_ms=round(seconds * 1000, 2),
        request_id=record.request_id,
        context=record.context,
        detail=record.detail,
    )
