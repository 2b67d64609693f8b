"""The file of a form, looked at while it passes by."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID

WITNESS = "darkroom.witness"
TOUCHED_EVERY = 60.0


@dataclass(slots=True)
class FileWitness:
    """Sees the file of a form pass by, whichever way the form is written, and says meanwhile that work goes on.

    The file is to have the id of its try; tries `before` this one may have left theirs.
    """

    touch: Callable[[], Awaitable[None]]
    file_id: UUID | None = None
    before: tuple[UUID, ...] = ()
    seen: bytes = b""
    _touched: float = field(default_factory=monotonic)

    async def watching(self, filename: str, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The same chunks."""
        sha256, size = hashlib.sha256(), 0
        async with aclosing(chunks):
            async for chunk in chunks:
                sha256.update(chunk)
                size += len(chunk)
                if monotonic() - self._touched > TOUCHED_EVERY:
                    self._touched = monotonic()
                    await self.touch()
                yield chunk
        self.seen = joined(filename.encode(errors="surrogatepass"), sha256.digest(), b"%d" % size)


def joined(*parts: bytes) -> bytes:
    """One string of bytes, which no other parts make."""
    return b"".join(b"%d:" % len(part) + part for part in parts)
