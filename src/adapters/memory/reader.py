"""A reader of metadata for test suites: it reads what the service reads by itself, and no more."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from domain.errors import DarkroomError
from domain.exif import read_exif
from domain.image_headers.reading import read_header


class MemoryReader:
    """The EXIF block of a picture; of anything else, nothing."""

    async def read(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> Mapping[str, Any]:
        """What the block tells."""
        if not mime_type.startswith("image/"):
            return {}
        try:
            header = read_header(await asyncio.to_thread(source.read_bytes), complete=True)
        except (DarkroomError, OSError):
            return {}
        return read_exif(header.exif) if header and header.exif else {}
