"""Decoders whose work shows in traces, from outside: in their own processes they know nothing of it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from application.ports.image_transformer import (
    Glimpse,
    ImageTransformer,
    NotRendered,
    Order,
    PictureFacts,
    Rendered,
)
from application.ports.media_examiner import Examined, MediaExaminer
from application.ports.metadata_reader import MetadataReader
from application.ports.traces import Attributes, Traces
from application.tracing import note_error


@dataclass(frozen=True, slots=True)
class TracedTransformer:
    """Another transformer, watched."""

    transformer: ImageTransformer
    traces: Traces

    async def probe(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> PictureFacts:
        with self.traces.span("ImageTransformer.probe", _of(mime_type), kind="client"):
            return await self.transformer.probe(source, mime_type, owner=owner)

    async def render(
        self,
        source: Path,
        mime_type: str,
        orders: Sequence[Order],
        into: Path,
        *,
        keep_camera: bool = False,
        owner: UUID | None = None,
    ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
        # A generator runs in the context of whoever asks it, which it must leave as it is.
        span = self.traces.leaf("ImageTransformer.render", {**_of(mime_type), "darkroom.variants": len(orders)})
        try:
            async with aclosing(
                self.transformer.render(source, mime_type, orders, into, keep_camera=keep_camera, owner=owner)
            ) as results:
                async for result in results:
                    yield result
        except BaseException as error:
            note_error(span, error)
            raise
        finally:
            span.end()


@dataclass(frozen=True, slots=True)
class TracedExaminer:
    """Another examiner, watched."""

    examiner: MediaExaminer
    traces: Traces

    async def examine(self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None) -> Examined:
        with self.traces.span("MediaExaminer.examine", _of(mime_type), kind="client"):
            return await self.examiner.examine(source, mime_type, into, owner=owner)


@dataclass(frozen=True, slots=True)
class TracedReader:
    """Another reader of metadata, watched."""

    reader: MetadataReader
    traces: Traces

    async def read(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> Mapping[str, Any]:
        with self.traces.span("MetadataReader.read", _of(mime_type), kind="client"):
            return await self.reader.read(source, mime_type, owner=owner)


def _of(mime_type: str) -> Attributes:
    return {"darkroom.media_type": mime_type}
