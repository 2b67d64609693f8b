"""Port: films and sound in, what they are out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from domain.recordings import Recording

POSTER_MIME, POSTER_EXTENSION = "image/jpeg", "jpg"


@dataclass(frozen=True, slots=True)
class Poster:
    """A frame of a film, or the cover of a sound, as a JPEG: the file `path` belongs to the caller."""

    path: Path
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found; a sound without a cover, and a film of which no frame can be decoded, have no poster."""

    recording: Recording
    poster: Poster | None = None


class MediaExaminer(Protocol):
    """Looks into films and sound.

    Sources are local files named by path, with the type their bytes told (`mime_type`), which alone chooses the
    demuxer: nothing a file says makes another file be opened, or the network be used. What looks into files of one
    `owner` never looks into another's.
    """

    async def examine(self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None) -> Examined:
        """Facts, and a poster in the folder `into` where one is named: upright, from a tenth of the length.

        What cannot be understood raises `UnreadableRecording`; a decoder that died `DecoderLost`, one
        that gives an invalid answer `DecoderMisbehaved`.
        """
        ...
