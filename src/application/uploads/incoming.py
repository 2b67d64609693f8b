"""Bytes on their way in: looked at before they are kept, measured while they pass."""

import hashlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

from domain.projects import QuotaExceeded
from domain.uploads import UploadTooLarge, check_announced, reservation

_UNSURE = 2  # bytes: whether the last line of a form has an end is not known beforehand


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client sends: its bytes, and what it says of them.

    `expected_size` is how long the file can be at most, by what was announced. `file_id` is the id it is to have, if
    that matters to anybody, and `before` are those that earlier tries of the same upload gave it.
    """

    filename: str
    declared_type: str | None
    chunks: AsyncIterator[bytes]
    project_id: UUID | None = None
    variants: tuple[str, ...] | None = None
    expected_size: int | None = None
    file_id: UUID | None = None
    before: tuple[UUID, ...] = ()


class IncomingBytes:
    """A stream that is read once: `head` looks ahead, iterating passes everything on and measures it."""

    def __init__(self, chunks: AsyncIterator[bytes], *, limit: int | None, announced: int | None = None) -> None:
        check_announced(announced, limit)
        self._chunks = chunks
        self._limit, self._announced = limit, announced
        self._room: int | None = None
        self._unsure = 0 if announced is None else _UNSURE
        self._held: deque[bytes] = deque()
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.ended = False

    async def head(self, length: int) -> bytes:
        """The first bytes, as many as asked for unless the stream is shorter."""
        held = sum(map(len, self._held))
        while held < length and not self.ended:
            chunk = await anext(self._chunks, None)
            if chunk is None:
                self.ended = True
            else:
                self._held.append(chunk)
                held += len(chunk)
        return b"".join(self._held)[:length]

    @property
    def announced(self) -> int:
        """How long it is at most, by what its sender said; 0 when nothing was said."""
        return self._announced or 0

    @property
    def empty(self) -> bool:
        """Whether there is no byte at all, as far as anybody has looked."""
        return self.ended and not any(self._held) and self.size == 0

    def reserve(self, room: int) -> int:
        """How much of the room is kept free for it; what comes beyond that is refused."""
        size = sum(map(len, self._held)) if self.ended else None
        self._room = reservation(size, self._announced, room)
        return self._room

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while self._held:
            yield self._measured(self._held.popleft())
        async for chunk in self._chunks:
            yield self._measured(chunk)
        self.ended = True

    def _measured(self, chunk: bytes) -> bytes:
        self.size += len(chunk)
        if self._limit is not None and self.size > self._limit:
            raise UploadTooLarge(f"a file may have at most {self._limit} bytes here")
        if self._room is not None and self.size > self._room + self._unsure:
            raise QuotaExceeded(f"the project has room for {self._room} more bytes; this file has more")
        self._md5.update(chunk)
        self._sha256.update(chunk)
        return chunk

    @property
    def md5(self) -> str:
        """Of everything passed on so far."""
        return self._md5.hexdigest()

    @property
    def sha256(self) -> str:
        """Of everything passed on so far."""
        return self._sha256.hexdigest()
