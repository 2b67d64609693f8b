"""The server's protocol with what it lacks: a deadline and a limit for the head of a request, and our error shape."""

import asyncio
from http import HTTPStatus
from secrets import token_hex

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from entrypoints.http.log_context import RequestRecord, begin, end
from entrypoints.http.problems import PROBLEM_JSON, PROTOCOL_PROBLEMS, problem

LARGEST_HEAD = 1 << 16
HEAD_SECONDS = 15.0


class GuardedProtocol(HttpToolsProtocol):
    """Ends connections whose request line and headers do not come, never end, or are no HTTP."""

    head_seconds = HEAD_SECONDS
    largest_head = LARGEST_HEAD

    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection has until the deadline to show a whole head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        self._forget_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes while the head is incomplete; listen no more to who was refused."""
        if self._refused:
            return
        super().data_received(data)
        if self._head_timer is not None:
            self._head_bytes += len(data)
            if self._head_bytes > self.largest_head:
                self._refuse(431)

    def on_message_begin(self) -> None:
        """The first byte of a request, also of a later one on the same connection."""
        super().on_message_begin()
        if self._head_timer is None:
            self._expect_head()

    def on_headers_complete(self) -> None:
        """The head is here; bodies have their own deadline."""
        self._forget_head()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so in the shape of every other error."""
        self._refuse(400)

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(self.head_seconds, self._refuse, 408)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _refuse(self, status: int) -> None:
        self._forget_head()
        self._refused = True
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            if self._head_bytes or status != 408:  # who connected in advance and said nothing is owed no answer
                self.transport.write(_plain_answer(status))
        elif not self.cycle.more_body:
            self.cycle.keep_alive = False  # the request before this one is whole, and gets its answer first
            return
        self.transport.close()


def _plain_answer(status: int) -> bytes:
    code, detail = PROTOCOL_PROBLEMS[status]
    detail = "the request line and headers came too slowly" if status == 408 else detail
    request_id = token_hex(16)
    token = begin(RequestRecord(request_id))
    body = problem(status, code, detail).model_dump_json(exclude_none=True).encode()
    end(token)
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nx-request-id: {request_id}\r\n"
        "x-content-type-options: nosniff\r\n"
        f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode("ascii") + body
