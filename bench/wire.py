"""A client that costs next to nothing: one socket, prepared bytes, answers measured by their Content-Length."""

import socket
from collections.abc import Mapping
from urllib.parse import urlsplit

ROOM = 1 << 20


class Wire:
    """One connection that is kept alive."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname or "", address.port or 80), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._room = memoryview(bytearray(ROOM))

    def send(self, request: bytes) -> None:
        """Send one request."""
        self._socket.sendall(request)

    def receive(self) -> tuple[int, bytes]:
        """Status and body of one answer."""
        status, length, body = self._head()
        while len(body) < length:
            body += self._more(length - len(body))
        return status, body

    def drain(self) -> tuple[int, int]:
        """Status and length of one answer, which is thrown away."""
        status, length, body = self._head()
        left = length - len(body)
        while left > 0:
            left -= len(self._more(left))
        return status, length

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _head(self) -> tuple[int, int, bytes]:
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more(ROOM)
        head, _, body = answer.partition(b"\r\n\r\n")
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        return int(head[9:12]), int(lengths[0].partition(b":")[2]), body

    def _more(self, most: int) -> memoryview:
        got = self._socket.recv_into(self._room, min(most, ROOM))
        if not got:
            raise ConnectionError("the server hung up")
        return self._room[:got]


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    length = {"Content-Length": str(len(body))} if body else {}
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{k}: {v}" for k, v in {**headers, **length}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
