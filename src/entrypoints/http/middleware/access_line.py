"""One log line a request, written when it is over."""

from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.log_context import RequestRecord, current
from entrypoints.logs import log_request

CLIENT_LEFT = 499  # the customary number for a client that went away before its answer


class AccessLine:
    """Logs method, path, context and status. Never the query, which may carry a token."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve and log one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = CLIENT_LEFT
        started = perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        finally:
            if (record := current()) is not None:
                _write(scope, record, status, perf_counter() - started)


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
