"""Port: pictures in, variants out."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.errors import Invalid, Unavailable
from domain.variants import ImageFormat, VariantSpec

OUT_OF_MEMORY = "The decoder ran out of memory."


class DecoderLost(Unavailable):
    """The decoder died or was stopped; the picture may be guilty or only nearby.

    `detail` says what it was: time, memory, a crash. Fewer variants at once may get through.
    """

    code = "decoder_lost"
    blames_the_job = True


class DecoderMisbehaved(Invalid):
    """The decoder answered what makes no sense, as one may that a file has taken over. Final: it would do so again."""

    code = "decoder_misbehaved"


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


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a picture looks like before it is loaded: a thumbhash (base64) and its dominant colour (#rrggbb)."""

    thumbhash: str
    colour: str


class ImageTransformer(Protocol):
    """Reads pictures and renders variants of them.

    Sources are local files named by path, with the type their bytes told (`mime_type`), which alone chooses the
    decoder. Orientation is applied, colours land in sRGB, and of the metadata nothing survives but, where it is asked
    for, what the camera said of itself; never where the picture was taken. A source that cannot be read
    to its end raises `UnreadableImage`; one beyond the limits `ImageTooBig`; a decoder that died `DecoderLost`,
    one that gives an invalid answer `DecoderMisbehaved`.

    `owner` is whose file it is: what decodes for one owner never decodes for another. Without one, what decodes it
    decodes nothing else.
    """

    async def probe(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> PictureFacts:
        """Read the header only."""
        ...

    def render(
        self,
        source: Path,
        mime_type: str,
        orders: Sequence[Order],
        into: Path,
        *,
        keep_camera: bool = False,
        owner: UUID | None = None,
    ) -> AsyncGenerator[Glimpse | Rendered | NotRendered, None]:
        """Decode once and make every variant ordered, each told as soon as its file in the folder `into` is whole.

        One glimpse comes too, also where nothing is ordered. Every order is answered exactly once, in any order. The
        same source, spec and engine give the same pixels.
        """
        ...
