"""Films and sound looked into in processes of our own, so that none of them can take the service down."""

from functools import partial
from pathlib import Path
from uuid import UUID

from adapters.sandbox.pool import DecoderPool, on_disk
from adapters.sandbox.recordings import examined_in
from application.ports.image_transformer import DecoderMisbehaved
from application.ports.media_examiner import POSTER_EXTENSION, Examined


class SandboxedExaminer(DecoderPool):
    """Runs an engine for films and sound, named `module:Class`, in up to `processes` children."""

    async def examine(self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None) -> Examined:
        """What it is, and its poster."""
        async with self.lease(owner) as child:
            await on_disk(partial(child.scratch.lay, source))
            await child.ask({"mime_type": mime_type, "poster": into is not None})
            answer = await child.hear() or {}
            take = partial(child.scratch.take, extension=POSTER_EXTENSION, into=into or child.scratch.path)
            if "poster" in answer and into is None:
                raise DecoderMisbehaved("The decoder answered what nobody had asked.")
            examined = await on_disk(partial(examined_in, answer, take))
            if await child.hear() is not None:
                raise DecoderMisbehaved("The decoder answered twice.")
            return examined
