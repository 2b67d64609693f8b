"""The durations of an animated WebP: ImageMagick 6 writes each one frame too early, and guesses the last."""

from collections.abc import Iterator, Sequence

_FRAME_HEADER = 12


def with_durations(content: bytes, milliseconds: Sequence[int]) -> bytes:
    """The same film with these durations; unchanged where the encoder has merged frames."""
    places = list(_durations(content))
    if len(places) != len(milliseconds):
        return content
    timed = bytearray(content)
    for place, duration in zip(places, milliseconds, strict=True):
        timed[place : place + 3] = min(duration, 0xFFFFFF).to_bytes(3, "little")
    return bytes(timed)


def _durations(content: bytes) -> Iterator[int]:
    at = 12
    while at + 8 <= len(content):
        size = int.from_bytes(content[at + 4 : at + 8], "little")
        if content[at : at + 4] == b"ANMF":
            yield at + 8 + _FRAME_HEADER
        at += 8 + size + size % 2
