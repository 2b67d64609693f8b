"""An object being read."""

import time

from minio import Minio
from minio.datatypes import Object
from minio.error import S3Error
from urllib3.response import BaseHTTPResponse

from application.ports.blob_moves import BlobChanged
from domain.errors import Unavailable

CHUNK = 1024 * 1024
WAIT_FOR_MORE = 0.5


class OpenObject:
    """A range of one object, read step by step; steps block, one at a time."""

    def __init__(
        self, client: Minio, bucket: str, key: str, start: int, end: int | None, etag: str | None = None
    ) -> None:
        self._client = client
        self._place = bucket, key
        self._start = start
        self._end = end
        self._etag = etag
        self._response: BaseHTTPResponse | None = None
        self._left = 0
        self.done = False

    def step(self) -> bytes:
        """The next bytes; closes itself after the last ones, so that a small object costs one step."""
        if self._response is None and not self._open():
            self.done = True
            return b""
        chunk = self._next_bytes()
        if not self._left:
            self.close()
        return chunk

    def close(self) -> None:
        """Give the connection back: to be used again when everything was read, else closed."""
        self.done = True
        response, self._response = self._response, None
        if response is None:
            return
        if self._left:
            response.close()
        else:
            response.drain_conn()  # finds the end, without which the connection cannot be used again
        response.release_conn()

    def _open(self) -> bool:
        if self._end is not None and self._end <= self._start:
            self._require_same(self._client.stat_object(*self._place))
            return False
        length = 0 if self._end is None else self._end - self._start
        try:
            self._response = self._get(length)
        except S3Error as error:
            if error.code == "InvalidRange":
                return False
            if error.code == "PreconditionFailed":
                raise self._changed() from error
            raise
        self._left = self._promised(self._response, ranged=bool(self._start or length))
        return True

    def _get(self, length: int) -> BaseHTTPResponse:
        # Quoted, as the standard has it.
        same: dict[str, str | list[str] | tuple[str]] = {} if self._etag is None else {"If-Match": f'"{self._etag}"'}
        return self._client.get_object(*self._place, offset=self._start, length=length, request_headers=same)

    def _require_same(self, found: Object) -> None:
        if self._etag is not None and found.etag != self._etag:
            raise self._changed()

    def _changed(self) -> BlobChanged:
        return BlobChanged(f"The blob {self._place[1]!r} has changed.")

    def _promised(self, response: BaseHTTPResponse, *, ranged: bool) -> int:
        length = response.headers.get("Content-Length", "")
        begins = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
        if not length.isdigit() or (ranged and begins != str(self._start)):
            self._left = -1
            raise Unavailable("The S3 store does not say which bytes it sends.")
        return int(length)

    def _next_bytes(self) -> bytes:
        # One receive may bring little: gather a good chunk, but hand on what there is when the rest is slow.
        assert self._response is not None  # noqa: S101
        pieces: list[bytes] = []
        held = 0
        until = time.monotonic() + WAIT_FOR_MORE
        while self._left and held < CHUNK and (not held or time.monotonic() < until):
            piece = self._response.read1(min(CHUNK - held, self._left), decode_content=False)
            if not piece:
                raise Unavailable("The S3 store sent fewer bytes than it promised.")
            pieces.append(piece)
            held += len(piece)
            self._left -= len(piece)
        return b"".join(pieces)
