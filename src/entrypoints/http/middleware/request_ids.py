"""Every request has an id: the caller's own when it is sane, else a new one; the answer always carries it."""

import re
from secrets import token_hex

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.log_context import RequestRecord, begin, end

_SANE = re.compile(rb"[\x21-\x7e]{1,128}")  # visible ASCII


class RequestIds:
    """Opens the record of each request and closes it afterwards; what the record has for the answer goes with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its id."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        wire = _own_id(scope) or token_hex(16).encode()
        record = RequestRecord(wire.decode("ascii"), headers=[(b"x-request-id", wire)])

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *record.headers]
            await send(message)

        token = begin(record)
        try:
            await self._app(scope, receive, sending)
        finally:
            end(token)


def _own_id(scope: Scope) -> bytes | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            return value if _SANE.fullmatch(value) else None
    return None
