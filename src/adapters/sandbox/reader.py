"""What is written into files, read in processes of our own, so that no file can take the service down."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.pool import DecoderPool, on_disk
from application.ports.image_transformer import DecoderLost
from domain.errors import DarkroomError
from domain.file_facts import believed

READING = DecoderLimits(wall_seconds=15, cpu_seconds=15, wait_seconds=30, memory_bytes=1 << 30, file_bytes=1 << 20)
_log = logging.getLogger(__name__)


class SandboxedReader(DecoderPool):
    """Runs an engine that reads metadata, named `module:Class`, in up to `processes` children."""

    async def read(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> Mapping[str, Any]:
        """Only what makes sense is believed; a reader that fails tells nothing."""
        try:
            return believed(await self._told(source, mime_type, owner))
        except DarkroomError as error:
            _log.warning("nothing could be read out of a file of type %s: %s", mime_type, error.detail)
            return {}

    async def _told(self, source: Path, mime_type: str, owner: UUID | None) -> Mapping[str, Any]:
        async with self.lease(owner) as child:
            await on_disk(partial(child.scratch.lay, source))
            await child.ask({"mime_type": mime_type, "facts": True})
            facts = (await child.hear() or {}).get("facts")
            if await child.hear() is not None or not isinstance(facts, dict):
                raise DecoderLost("The reader answered what nobody had asked.")
            return facts
