"""Files of this machine, read and written in threads."""

from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

CHUNK = 1 << 20


class SystemFiles:
    """Streams over plain files."""

    async def read(self, path: Path) -> AsyncIterator[bytes]:
        """The bytes of a file, in chunks."""
        async with await anyio.open_file(path, "rb") as file:
            while chunk := await file.read(CHUNK):
                yield chunk

    async def write(self, path: Path, chunks: AsyncIterator[bytes]) -> None:
        """Make a file of a stream."""
        with path.open("wb") as file:
            async for chunk in chunks:
                await run_sync(file.write, chunk)
