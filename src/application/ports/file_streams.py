"""Port: files of this machine as streams."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol


class FileStreams(Protocol):
    """Moves bytes between streams and local files without holding anybody up."""

    def read(self, path: Path) -> AsyncIterator[bytes]:
        """The bytes of a file, in chunks."""
        ...

    async def write(self, path: Path, chunks: AsyncIterator[bytes]) -> None:
        """Make a file of a stream."""
        ...
