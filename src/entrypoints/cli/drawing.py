"""Pictures and a sound, made of nothing."""

import math
import struct
import zlib
from collections.abc import Iterator

SIZE = (960, 640)
SKIES = {
    "sunset": ((255, 150, 60), (90, 30, 110)),
    "meadow": ((150, 210, 255), (40, 120, 40)),
    "sea": ((205, 230, 250), (10, 50, 110)),
}
RATE = 22_050


def picture(name: str) -> bytes:
    """A sun over a horizon, as a PNG."""
    width, height = SIZE
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"".join(_rows(*SKIES[name])), 6)
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def tone(seconds: int = 2) -> bytes:
    """An A that fades away, as a WAV."""
    count = RATE * seconds
    waves = (math.sin(2 * math.pi * 440 * at / RATE) * (1 - at / count) for at in range(count))
    samples = b"".join(struct.pack("<h", int(12_000 * wave)) for wave in waves)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _rows(above: tuple[int, int, int], below: tuple[int, int, int]) -> Iterator[bytes]:
    width, height = SIZE
    for y in range(height):
        part = y / height
        colour = bytes(round(a + (b - a) * part) for a, b in zip(above, below, strict=True))
        half = int(math.sqrt(max(0, 90**2 - (y - height // 2) ** 2)))
        left = width * 2 // 3 - half
        yield b"\0" + colour * left + b"\xff\xf0\xb0" * (2 * half) + colour * (width - left - 2 * half)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
