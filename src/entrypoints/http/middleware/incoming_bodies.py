"""Request bodies come in time or not at all, and an early answer reaches a client that is still sending.

The server has no deadline of its own, and closing a socket with unread bytes resets the connection, by which the
client may lose the answer. So a body that is not read to its end is read away for a moment before the close.
"""

import asyncio
from dataclasses import dataclass
from time import monotonic

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER = 2.0
QUIET = 0.2  # of a client that was too slow before, this much silence is enough
CLOSE = (b"connection", b"close")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one piece of a body may take, and how many bytes a second it must bring over all."""

    per_piece: float
    min_rate: float


class IncomingBodies:
    """Watches over requests that have a body; the others pass untouched."""

    def __init__(self, app: ASGIApp, patience: Patience) -> None:
        self._app = app
        self._patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _announces_body(scope):
            await self._app(scope, receive, send)
            return
        body = IncomingBody(scope, receive, send, self._patience)
        await self._app(scope, body.receive, body.send)


class IncomingBody:
    """The body of one request on its way in."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, patience: Patience) -> None:
        self._receive = receive
        self._send = send
        self._patience = patience
        self._held_back = any(n == b"expect" and v.lower() == b"100-continue" for n, v in scope["headers"])
        self._arrived = 0
        self._waited = 0.0
        self._over = False
        self._closing = False
        self._quiet = LINGER

    async def receive(self) -> Message:
        """The next piece; waiting for it counts, what the application does between two pieces does not."""
        if self._over:
            return await self._receive()
        allowance = self._patience.per_piece + self._arrived / self._patience.min_rate - self._waited
        started = monotonic()
        try:
            async with asyncio.timeout(min(self._patience.per_piece, allowance)):
                message = await self._next()
        except TimeoutError:
            self._closing, self._quiet = True, QUIET
            raise HTTPException(408) from None
        self._waited += monotonic() - started
        return message

    async def send(self, message: Message) -> None:
        """Pass the answer on; when the body has not ended by then, end the connection gently."""
        if message["type"] == "http.response.start":
            await self._take_what_is_here()
            if not self._over:
                self._closing = True
                message["headers"] = [*message.get("headers", ()), CLOSE]
        elif self._closing and not self._over and not message.get("more_body", False):
            await self._send({**message, "more_body": True})
            await self._read_away()
            message = {"type": "http.response.body", "body": b""}
        await self._send(message)

    async def _next(self) -> Message:
        self._held_back = False
        message = await self._receive()
        self._arrived += len(message.get("body", b""))
        self._over = not message.get("more_body", False)
        return message

    async def _take_what_is_here(self) -> None:
        """A small body has mostly arrived by the time it is found unwanted: no reason to end the connection."""
        try:
            while not self._over and not self._held_back and self._arrived < 1 << 18:
                async with asyncio.timeout(0):
                    await self._next()
        except TimeoutError:
            return

    async def _read_away(self) -> None:
        if self._held_back:
            return  # the client waits for a go-ahead that never comes, and has sent nothing
        try:
            async with asyncio.timeout(LINGER):
                while not self._over:
                    async with asyncio.timeout(self._quiet):
                        await self._next()
        except TimeoutError:
            return


def _announces_body(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"transfer-encoding" or (name == b"content-length" and value != b"0"):
            return True
    return False
