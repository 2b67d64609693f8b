"""Containers that say inside what they carry."""

import re
from collections.abc import Callable

from domain import media_types as t
from domain.media_types import MediaType
from domain.signatures.packages import zip_family

_RIFF = {b"WEBP": t.WEBP, b"WAVE": t.WAV, b"AVI ": t.AVI, b"RMID": t.MIDI}
_BRANDS = {
    **dict.fromkeys((b"avif", b"avis"), t.AVIF),
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"), t.HEIC),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P "), t.M4A),
    **dict.fromkeys((b"M4V ", b"M4VH", b"M4VP"), t.M4V),
    **dict.fromkeys((b"isom", b"avc1", b"mp41", b"mp42", b"dash", b"MSNV", b"mmp4", b"F4V ", b"NDSC"), t.MP4),
    **dict.fromkeys((b"iso%d" % part for part in range(2, 10)), t.MP4),
    b"qt  ": t.MOV,
    b"crx ": t.CR3,
    b"jp2 ": t.JP2,
    b"jxl ": t.JXL,
}
_BRAND_FAMILIES = {b"3gp": t.THREE_GP, b"3gr": t.THREE_GP, b"3gs": t.THREE_GP, b"3ge": t.THREE_GP, b"3g2": t.THREE_G2}
_STILL_BRANDS = (b"mif1", b"mif2", b"msf1", b"miaf")
_MOST_BRANDS_END = 512

_ASF_MARK = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_VIDEO_STREAM = bytes.fromhex("c0ef19bc4d5bcf11a8fd00805f5c442b")
_ASF_AUDIO_STREAM = bytes.fromhex("409e69f84d5bcf11a8fd00805f5c442b")

_OGG_SOUND = re.compile(rb"\x01vorbis|OpusHead|\x7fFLAC|Speex   |PCM     |\x80kate")
_OGG_PICTURES = re.compile(rb"\x80theora|BBCD\0|\x01video\0|OVP80")

_BITMAP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def _riff(head: bytes) -> MediaType | None:
    return _RIFF.get(head[8:12]) if head[:4] in {b"RIFF", b"RIFX", b"RF64", b"BW64"} else None


def _iff(head: bytes) -> MediaType | None:
    return t.AIFF if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"} else None


def _brand(brand: bytes) -> MediaType | None:
    return _BRANDS.get(brand) or _BRAND_FAMILIES.get(brand[:3])


def _isobmff(head: bytes) -> MediaType | None:
    """The major brand decides; the generic still brands leave it to the compatible ones."""
    if head[4:8] != b"ftyp":
        return None
    if found := _brand(head[8:12]):
        return found
    end = min(int.from_bytes(head[:4]), len(head), _MOST_BRANDS_END)
    compatible = [head[at : at + 4] for at in range(16, end - 3, 4)]
    named = [found for found in map(_brand, compatible) if found]
    if head[8:12] in _STILL_BRANDS:
        return next((still for still in (t.AVIF, t.HEIC) if still in named), t.HEIF)
    return named[0] if named else None


def _quicktime(head: bytes) -> MediaType | None:
    """Films older than `ftyp` begin with any other box."""
    size = int.from_bytes(head[:4])
    sane = size == 1 or 8 <= size < 0x20000000
    return t.MOV if sane and head[4:8] in {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"} else None


def _ebml(head: bytes) -> MediaType | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    at = head.find(b"\x42\x82", 4, 128)
    name = head[at + 3 : at + 3 + (head[at + 2] & 0x7F)] if 0 < at < len(head) - 3 else b""
    return {b"webm": t.WEBM, b"matroska": t.MATROSKA}.get(name.rstrip(b"\0"))


def _asf(head: bytes) -> MediaType | None:
    if not head.startswith(_ASF_MARK):
        return None
    if _ASF_VIDEO_STREAM in head:
        return t.WMV
    return t.WMA if _ASF_AUDIO_STREAM in head else t.ASF


def _ogg(head: bytes) -> MediaType | None:
    if not head.startswith(b"OggS\0"):
        return None
    if _OGG_PICTURES.search(head):
        return t.OGG_VIDEO
    return t.OGG_AUDIO if _OGG_SOUND.search(head) else t.OGG


def _bitmap(head: bytes) -> MediaType | None:
    sized = head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BITMAP_HEADER_SIZES
    return t.BMP if sized else None


def _icon(head: bytes) -> MediaType | None:
    found = {b"\0\0\x01\0": t.ICO, b"\0\0\x02\0": t.CURSOR}.get(head[:4])
    pictures = int.from_bytes(head[4:6], "little")
    first_at = int.from_bytes(head[18:22], "little")
    return found if 0 < pictures <= 256 and first_at >= 6 + 16 * pictures else None


def _bzip2(head: bytes) -> MediaType | None:
    block = head[4:10] in {b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"}
    return t.BZIP2 if head[:3] == b"BZh" and head[3:4] in b"123456789" and block else None


CONTAINERS: tuple[Callable[[bytes], MediaType | None], ...] = (
    _riff,
    _iff,
    _isobmff,
    _quicktime,
    _ebml,
    _asf,
    _ogg,
    zip_family,
    _bitmap,
    _icon,
    _bzip2,
)
