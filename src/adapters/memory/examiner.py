"""An examiner for test suites: it looks at the first bytes and believes the rest."""

import struct
from pathlib import Path
from uuid import UUID

from application.ports.media_examiner import Examined, Poster
from domain.recordings import RECORDINGS, Recording, UnreadableRecording
from domain.sniffing import SNIFF_BYTES, sniff

SECONDS, SIZE = 2.0, (64, 48)


class MemoryExaminer:
    """Tells every film and every sound to be the same, and refuses what is not of the type it should be.

    Posters have a header and no picture behind it. Nothing is decoded, so what is corrupt or cut off goes unnoticed.
    """

    async def examine(self, source: Path, mime_type: str, into: Path | None, *, owner: UUID | None = None) -> Examined:
        """A film with sound for every type of film, else a sound."""
        with source.open("rb") as file:
            if mime_type not in RECORDINGS or sniff(file.read(SNIFF_BYTES)).mime != mime_type:
                raise UnreadableRecording(f"The file is not the {mime_type} it should be.")
        container = mime_type.partition("/")[2]
        sound = Recording(container, SECONDS, audio_codec="aac", bitrate=64_000, sample_rate=48_000, channels=2)
        if not mime_type.startswith("video/"):
            return Examined(sound)
        width, height = SIZE
        film = Recording(container, SECONDS, width, height, "h264", "aac", 128_000, 48_000, 2)
        if into is None:
            return Examined(film)
        path = into / "poster.jpg"
        path.write_bytes(bare_jpeg(width, height))
        return Examined(film, Poster(path, width, height, path.stat().st_size))


def bare_jpeg(width: int, height: int) -> bytes:
    """A JPEG that tells its size and shows nothing."""
    beginning = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    frame = struct.pack(">2sHBHHB", b"\xff\xc0", 11, 8, height, width, 1) + b"\x01\x11\x00"
    return beginning + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"
