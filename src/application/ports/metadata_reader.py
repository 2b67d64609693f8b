"""Port: what is written into a picture, a film or a sound about its making. An optional power."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID


class MetadataReader(Protocol):
    """Reads more than the service finds by itself, and tells it under the same names (`domain.file_facts`).

    Sources are local files named by path, with the type their bytes told. Nothing but the source is opened,
    and what reads files of one `owner` never reads another's.
    """

    async def read(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> Mapping[str, Any]:
        """What it tells; nothing where it cannot be read, or whoever reads it fails."""
        ...
