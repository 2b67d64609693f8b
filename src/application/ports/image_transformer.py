"""Port: pictures in, variants out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from domain.errors import Unavailable
from domain.variants import ImageFormat, VariantSpec


class DecoderLost(Unavailable):
    """The decoder died or was stopped; the picture may be guilty or only nearby."""

    code = "decoder_lost"
    blames_the_job = True


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What a decoder knows of a picture: its size is that of the upright picture."""

    width: int
    height: int
    mime_type: str
    has_alpha: bool
    frames: int


@dataclass(frozen=True, slots=True)
class Order:
    """One variant wanted of a source; `name` comes back with the result."""

    name: str
    spec: VariantSpec


@dataclass(frozen=True, slots=True)
class Rendered:
    """One variant, finished: the picture lies in the file `path`, which now belongs to the caller."""

    name: str
    path: Path
    format: ImageFormat
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class NotRendered:
    """One variant that cannot be made of this source, and why; the others go on."""

    name: str
    reason: str


class ImageTransformer(Protocol):
    """Reads pictures and renders variants of them.

    Sources are local files named by path, with the type their bytes told (`mime_type`), which alone chooses the
    decoder. Orientation is applied, colours land in sRGB, and no metadata survives. A source that cannot be read
    to its end raises `UnreadableImage`; one beyond the limits `ImageTooBig`; a decoder that died `DecoderLost`.
    """

    async def probe(self, source: Path, mime_type: str) -> PictureFacts:
        """Read the header only."""
        ...

    def render(
        self, source: Path, mime_type: str, orders: Sequence[Order], into: Path
    ) -> AsyncGenerator[Rendered | NotRendered, None]:
        """Decode once and make every variant ordered, each told as soon as its file in the folder `into` is whole.

        Every order is answered exactly once, in any order. The same source, spec and engine give the same pixels.
        """
        ...
