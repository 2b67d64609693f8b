"""The server's protocol with what it lacks: a deadline and a limit for the head of a request, another for clients
that take too little of their answer, a limit of connections, and our error shape."""

import asyncio
import socket
import struct
from contextlib import suppress
from http import HTTPStatus
from secrets import token_hex

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from entrypoints.http.connections import Connections
from entrypoints.http.log_context import RequestRecord, begin, end
from entrypoints.http.problems import PROBLEM_JSON, PROTOCOL_PROBLEMS, problem
from entrypoints.logs import log

LARGEST_HEAD = 1 << 16
HEAD_SECONDS = 15.0
SEND_SECONDS = 60.0
LOOKS = 4  # at a client that takes little, before it is given up
_TCP_INFO, _BYTES_ACKED = 192, 120  # of struct tcp_info in linux/tcp.h
LEAST_RATE = 1024  # bytes a second that a client takes at least of an answer


class GuardedProtocol(HttpToolsProtocol):
    """Ends connections whose request line and headers do not come, never end, or are no HTTP, or that nobody reads."""

    head_seconds = HEAD_SECONDS
    largest_head = LARGEST_HEAD
    send_seconds = SEND_SECONDS

    allowed: Connections | None = None

    _counted_as: str | None = None
    _turned_away = False
    _head_timer: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _refused = False
    _reader_timer: asyncio.TimerHandle | None = None
    _taken_at_looks: tuple[int, ...] = ()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection has until the deadline to show a whole head; one too many is ended at once."""
        if self.allowed is not None:
            peer = transport.get_extra_info("peername")
            self._counted_as = self.allowed.take(peer[0] if peer else "")
            if self._counted_as is None:
                self._turned_away = True
                transport.abort()
                return
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing to wait for any more."""
        if self._turned_away:
            return
        if self.allowed is not None and self._counted_as is not None:
            self.allowed.give_back(self._counted_as)
        self._forget_head()
        self._forget_reader()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The client is behind: see to it that it takes something now and then."""
        super().pause_writing()
        self._taken_at_looks = (self._taken(),)
        self._look_again()

    def resume_writing(self) -> None:
        """It took nearly all there was."""
        self._forget_reader()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Count what comes while the head is incomplete; listen no more to who was refused."""
        if self._refused or self._turned_away:
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

    def _look_again(self) -> None:
        self._forget_reader()
        self._reader_timer = self.loop.call_later(self.send_seconds / LOOKS, self._look_at_reader)

    def _look_at_reader(self) -> None:
        self._taken_at_looks = (*self._taken_at_looks, self._taken())[-LOOKS - 1 :]
        lately = self._taken_at_looks[-1] - self._taken_at_looks[0]
        if len(self._taken_at_looks) <= LOOKS or lately >= LEAST_RATE * self.send_seconds:
            self._look_again()
            return
        log("App", "gave up a client that takes too little of its answer", seconds=self.send_seconds, bytes=lately)
        # To close would wait for it to take the rest; and without a reset the kernel goes on keeping what it has.
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _taken(self) -> int:
        """Bytes that the client's side has received of this connection so far."""
        with suppress(OSError, struct.error):
            facts = self.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO)
            return int(struct.unpack_from("=Q", facts, _BYTES_ACKED)[0])
        return -self.transport.get_write_buffer_size()

    def _forget_reader(self) -> None:
        if self._reader_timer is not None:
            self._reader_timer.cancel()
            self._reader_timer = None

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


def guarding(send_seconds: float, connections: Connections | None = None) -> type[GuardedProtocol]:
    """The protocol with this much patience for clients that take little, and with so many connections."""
    return type("GuardedProtocol", (GuardedProtocol,), {"send_seconds": send_seconds, "allowed": connections})


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
