"""Files of this machine, read and written in threads."""

import errno
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
from anyio.to_thread import run_sync

from domain.errors import StorageFull

CHUNK = 1 << 20
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class SystemFiles:
    """Streams over plain files."""

    async def read(self, path: Path) -> AsyncIterator[bytes]:
        """The bytes of a file, in chunks."""
        async with await anyio.open_file(path, "rb") as file:
            while chunk := await file.read(CHUNK):
                yield chunk

    async def write(self, path: Path, chunks: AsyncIterator[bytes]) -> None:
        """Make a file of a stream."""
        try:
            with path.open("wb") as file:
                async for chunk in chunks:
                    await run_sync(file.write, chunk)
        except OSError as error:
            if error.errno in FULL:
                raise StorageFull("the disk for work in progress has no room left") from error
            raise
