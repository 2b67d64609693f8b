"""Streams without a proper beginning: known by marks that come again at the right distance."""

from collections.abc import Callable

from domain import media_types as t
from domain.media_types import MediaType

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_KILOBITS_LAYER_3 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_LAYER_2 = (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384)
_KILOBITS_LOW_RATE = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_LAYER_3, _LAYER_2 = 1, 2
_SAME_STREAM = 0xFFFE0C00

_TS_PACKETS = ((188, 0), (192, 4))
_TS_SYNC = 0x47
_TS_LEAST_PACKETS = 3


def _mpeg_frame_length(header: int) -> int:
    """Bytes of the MPEG audio frame (layer II or III) this header begins; 0 when it begins none."""
    version, layer = header >> 19 & 3, header >> 17 & 3
    rates = _RATES.get(version)
    bits, rate = header >> 12 & 15, header >> 10 & 3
    if header >> 21 != 0x7FF or rates is None or layer not in {_LAYER_3, _LAYER_2} or bits in {0, 15} or rate == 3:
        return 0
    full_rate = version == 3
    table = (_KILOBITS_LAYER_3 if layer == _LAYER_3 else _KILOBITS_LAYER_2) if full_rate else _KILOBITS_LOW_RATE
    samples_by_8 = 72 if layer == _LAYER_3 and not full_rate else 144
    return samples_by_8 * table[bits] * 1000 // rates[rate] + (header >> 9 & 1)


def _mpeg_audio(head: bytes) -> MediaType | None:
    """Two frames of one stream in a row; one alone happens by chance."""
    first = int.from_bytes(head[:4])
    length = _mpeg_frame_length(first)
    second = int.from_bytes(head[length : length + 4])
    if not length or (first ^ second) & _SAME_STREAM or not _mpeg_frame_length(second):
        return None
    return t.MP3 if first >> 17 & 3 == _LAYER_3 else t.MP2


def _adts_frame_length(header: bytes) -> int:
    """Bytes of the AAC frame this header begins; 0 when it begins none."""
    begins = len(header) >= 6 and header[0] == 0xFF and header[1] & 0xF6 == 0xF0 and header[2] >> 2 & 15 < 13
    length = int.from_bytes(header[3:6]) >> 5 & 0x1FFF if begins else 0
    return length if length > 7 else 0


def _adts(head: bytes) -> MediaType | None:
    length = _adts_frame_length(head[:6])
    return t.AAC if length and _adts_frame_length(head[length : length + 6]) else None


def _id3(head: bytes) -> MediaType | None:
    """A tag in front of music: mostly MP3, unless what follows it says otherwise."""
    size = head[6:10]
    if head[:3] != b"ID3" or head[3:4] not in {b"\2", b"\3", b"\4"} or len(size) < 4 or max(size) > 0x7F:
        return None
    behind = 10 + sum(part << shift for part, shift in zip(size, (21, 14, 7, 0), strict=True))
    music = head[behind:]
    return t.FLAC if music.startswith(b"fLaC") else _adts(music) or _mpeg_audio(music) or t.MP3


def _transport(head: bytes) -> MediaType | None:
    for step, first in _TS_PACKETS:
        syncs = head[first::step][:8]
        if len(syncs) >= _TS_LEAST_PACKETS and set(syncs) == {_TS_SYNC}:
            return t.MPEG_TS
    return None


def _dos_program(head: bytes) -> MediaType | None:
    return t.EXE if head[:2] == b"MZ" and len(head) >= 64 else None


STREAMS: tuple[Callable[[bytes], MediaType | None], ...] = (_id3, _mpeg_audio, _adts, _transport, _dos_program)
