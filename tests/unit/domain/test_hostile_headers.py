"""Whatever the bytes, reading a header ends soon and in one of the promised ways."""

import os
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.image_headers.budget import DecodeLimits, ImageTooBig, check_budget
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.reading import read_header, read_header_from
from domain.sniffing import sniff
from tests.tables import over_rows
from tests.unit.domain import pictures as make

SOON = 1.0
Outcome = ImageHeader | type[Exception] | None

SEEDS = [
    make.turned("JPEG", 6),
    make.picture("JPEG", "CMYK", progressive=True),
    make.turned("PNG", 5),
    make.moving("PNG", 3),
    make.moving("GIF", 3),
    make.turned("WEBP", 7),
    make.moving("WEBP", 3),
    make.picture("WEBP", lossless=True),
    make.moving("TIFF", 3),
    make.picture("TIFF", "RGBA", big_tiff=True),
    make.turned("AVIF", 8),
    make.moving("AVIF", 3),
    make.still([make.ispe(8, 8), make.box(b"irot", b"\1")], {1: [1, 2]}),
    make.sequence(64, 48, 30),
]


def outcome(file: bytes, *, complete: bool = True) -> Outcome:
    """The header, or the promised refusal; anything else is a failure, and so is taking long."""
    start = time.process_time()
    sniff(file)
    found: Outcome
    try:
        found = read_header(file, complete=complete)
        told = found
    except HeaderBeyond as beyond:
        found, told = HeaderBeyond, beyond.so_far
    except UnreadableImage:
        found, told = UnreadableImage, None
    assert time.process_time() - start < SOON
    assert found is not HeaderBeyond or not complete
    if told:
        check_shape(told)
    return found


def check_shape(header: ImageHeader) -> None:
    assert min(header.width, header.height, header.bands, header.bits, header.frames) > 0
    assert 1 <= header.orientation <= 8


def refused(file: bytes) -> bool:
    """Whether this file never reaches a decoder."""
    found = outcome(file)
    if isinstance(found, ImageHeader):
        try:
            check_budget(found, DecodeLimits(), animated=True)
        except ImageTooBig:
            return True
        return False
    return True


@given(file=st.binary(max_size=400), complete=st.booleans())
def test_any_bytes(file: bytes, complete: bool) -> None:
    outcome(file, complete=complete)


@given(
    start=st.sampled_from([seed[:length] for seed in SEEDS for length in (8, 16, 30, 60)]),
    tail=st.binary(max_size=300),
    complete=st.booleans(),
)
def test_any_bytes_behind_a_good_beginning(start: bytes, tail: bytes, complete: bool) -> None:
    outcome(start + tail, complete=complete)


@pytest.mark.slow
@given(seed=st.sampled_from(SEEDS), data=st.data(), complete=st.booleans())
def test_flipped_bits_and_truncations(seed: bytes, data: st.DataObject, complete: bool) -> None:
    file = bytearray(seed)
    for _ in range(data.draw(st.integers(0, 6))):
        file[data.draw(st.integers(0, min(len(file), 700) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(file)))

    outcome(bytes(file[:cut]) if data.draw(st.booleans()) else bytes(file), complete=complete)


@given(seed=st.sampled_from(SEEDS), at=st.integers(0, 500), number=st.sampled_from([0, 1, 0x7FFFFFFF, 0xFFFFFFFF]))
def test_impossible_numbers_anywhere(seed: bytes, at: int, number: int) -> None:
    outcome(seed[:at] + struct.pack(">I", number) + seed[at + 4 :])


@given(seed=st.sampled_from(SEEDS), at=st.integers(0, 300))
def test_both_ways_of_reading_agree(seed: bytes, at: int) -> None:
    file = seed[:at] + seed[at + 1 :]

    def by_offset() -> Outcome:
        try:
            return read_header_from(lambda offset, length: file[offset : offset + length])
        except UnreadableImage:
            return UnreadableImage

    assert by_offset() == outcome(file)


@pytest.mark.slow
def test_every_truncation_of_every_seed() -> None:
    for seed in SEEDS:
        for cut in range(min(len(seed), 1500)):
            outcome(seed[:cut])
            outcome(seed[:cut], complete=False)


def _bomb_text(kind: bytes, before: bytes) -> bytes:
    return make.png_chunk(kind, before + zlib.compress(bytes(2 << 20), 9))


def _tiff_chain(pages: int) -> bytes:
    head = make.tiff([(256, 4, 1, 7), (257, 4, 1, 5)], following=1000).ljust(1000, b"\0")
    return head + b"".join(struct.pack("<HHHIII", 1, 256, 4, 1, 7, 1000 + 18 * (page + 1)) for page in range(pages))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "jpeg of nothing but markers": lambda: b"\xff\xd8" + b"\xff\xd0" * 2_000_000,
    "jpeg of nothing but fill": lambda: b"\xff\xd8" + b"\xff" * 3_000_000,
    "jpeg of nothing but zeros": lambda: b"\xff\xd8\xff" + bytes(3_000_000),
    "jpeg of tiny segments": lambda: b"\xff\xd8" + b"\xff\xe1\0\x02" * 1_000_000,
    "jpeg with a segment of length 0": lambda: b"\xff\xd8\xff\xe0\0\0",
    "jpeg without height": lambda: make.jpeg(10, 0),
    "jpeg without frame header": lambda: b"\xff\xd8" + make.jpeg_segment(0xDB, bytes(65)) + b"\xff\xda\0\x02",
    "jpeg too large": lambda: make.jpeg(65500, 24065),
    "png too large": lambda: make.png(65536, 65536),
    "png of impossible size": lambda: make.png(0xFFFFFFFF, 1),
    "png without width": lambda: make.png(0, 1),
    "png of impossible colours": lambda: make.png(1, 1, bits=3),
    "png with a wrong checksum": lambda: make.png(1, 1)[:32] + b"\1" + make.png(1, 1)[33:],
    "png of chunks": lambda: make.png(1, 1, *[make.png_chunk(b"teXt", b"")] * 200_000),
    "png with a chunk that never ends": lambda: make.png(1, 1)[:33] + b"\xff\xff\xff\xffteXt",
    "png of texts that unpack": lambda: make.png(1, 1, *[_bomb_text(b"zTXt", b"k\0\0")] * 3),
    "png of long texts that unpack": lambda: make.png(1, 1, *[_bomb_text(b"iTXt", b"k\0\1\0en\0k\0")] * 3),
    "png of profiles that unpack": lambda: make.png(1, 1, *[_bomb_text(b"iCCP", b"k\0\0")] * 3),
    "png of many frames": lambda: make.png(9, 9, make.png_chunk(b"acTL", b"\xff" * 8)),
    "gif of sub-blocks": lambda: make.gif(1, 1, b"!\xfe" + b"\1." * 4_000_000),
    "gif of extensions": lambda: make.gif(1, 1, b"!\xfe\0" * 2_000_000),
    "gif of frames": lambda: make.gif(1, 1, make.gif_frame(0, 0, 1, 1) * 200_000),
    "gif of stray bytes": lambda: make.gif(1, 1, b"\1" * 3_000_000),
    "gif without frames": lambda: make.gif(1, 1),
    "gif of no size": lambda: make.gif(0, 0, make.gif_frame(0, 0, 0, 0)),
    "gif too large": lambda: make.gif(65535, 65535, make.gif_frame(0, 0, 1, 1)),
    "gif with a large frame far out": lambda: make.gif(
        1, 1, make.gif_frame(0, 0, 1, 1), make.gif_frame(65535, 0, 9, 9)
    ),
    "webp too large": lambda: make.webp(make.canvas(1 << 24, 1 << 24, 0)),
    "webp of frames": lambda: make.webp(make.canvas(10, 10, 2), *[(b"ANMF", bytes(16))] * 100_000),
    "webp that moves without frames": lambda: make.webp(make.canvas(10, 10, 2), *[(b"ELSE", b"")] * 10),
    "webp of empty chunks": lambda: make.webp(make.canvas(10, 10, 2), *[(b"ELSE", b"")] * 100_000),
    "webp of another chunk": lambda: make.webp((b"ALPH", bytes(20))),
    "webp whose frame is no key frame": lambda: make.webp((b"VP8 ", b"\1" + bytes(20))),
    "tiff of many tags": lambda: make.tiff([(256, 4, 1, 7)] * 60_000),
    "tiff without tags": lambda: make.tiff([]),
    "tiff without height": lambda: make.tiff([(256, 4, 1, 7)]),
    "tiff of huge counts": lambda: make.tiff([(256, 4, 0xFFFFFFFF, 0xFFFFFFFF)]),
    "tiff too large": lambda: make.tiff([(256, 4, 1, 0xFFFFFFFF), (257, 4, 1, 0xFFFFFFFF)]),
    "tiff of many bands": lambda: make.tiff([(256, 4, 1, 9999), (257, 4, 1, 9999), (277, 3, 1, 65535)]),
    "tiff of many pages": lambda: _tiff_chain(50_000),
    "tiff far away": lambda: b"II*\0\xff\xff\xff\xff",
    "bigtiff far away": lambda: b"II+\0\x08\0\0\0" + b"\xff" * 8,
    "heic of empty boxes": lambda: make.still([], {}) + make.box(b"free") * 500_000,
    "heic of boxes in front": lambda: make.box(b"ftyp", b"heic", bytes(4)) + make.box(b"free") * 500_000,
    "heic with a box of length 0": lambda: make.box(b"ftyp", b"heic", bytes(4)) + b"\0\0\0\0free" + bytes(90),
    "heic with a box too short": lambda: make.box(b"ftyp", b"heic", bytes(4)) + b"\0\0\0\7free" + bytes(90),
    "heic with a long box too short": lambda: make.box(b"ftyp", b"heic", bytes(4)) + b"\0\0\0\1free" + bytes(90),
    "heic with an endless box": lambda: make.box(b"ftyp", b"heic", bytes(4)) + b"\0\0\0\1free" + b"\xff" * 8,
    "heic of boxes in boxes": lambda: make.box(b"ftyp", b"heic", bytes(4)) + nested(b"meta", 20_000),
    "heic of many properties": lambda: make.still([make.ispe(1, 1)] * 100_000, {1: [1]}),
    "heic with a table that ends early": lambda: make.still([make.ispe(1, 1)], {1: [1]}).replace(
        b"ipma\0\0\0\0\0\0\0\1", b"ipma\0\0\0\0\xff\xff\xff\xff"
    ),
    "heic of no size": lambda: make.still([make.ispe(0, 5)], {1: [1]}),
    "heic without that property": lambda: make.still([make.ispe(5, 5)], {1: [9]}),
    "heic without that item": lambda: make.still([make.ispe(5, 5)], {2: [1]}),
    "heic too large": lambda: make.still([make.ispe(17_000, 17_000)], {1: [1]}),
    "avif of many tracks": lambda: (
        make.box(b"ftyp", b"avis", bytes(4)) + make.box(b"moov", make.box(b"trak") * 100_000)
    ),
    "avif of no size": lambda: make.sequence(0, 0, 10),
    "avif of many frames": lambda: make.sequence(10, 10, 0xFFFFFFFF),
}
HARMLESS = {"heic of empty boxes"}


def nested(kind: bytes, depth: int) -> bytes:
    """Boxes in boxes, each inside the one before."""
    return b"".join(struct.pack(">I", 8 * (depth - level)) + kind for level in range(depth))


@pytest.mark.slow
@over_rows("name", HOSTILE)
def test_hostile_files_are_refused_soon(name: str) -> None:
    file = HOSTILE[name]()

    assert refused(file) or name in HARMLESS
    outcome(file[:65536], complete=False)


def test_a_truncated_tail_never_hides_the_size() -> None:
    for seed in SEEDS:
        whole, cut = outcome(seed), outcome(seed[: len(seed) * 9 // 10])
        if isinstance(cut, ImageHeader):
            assert isinstance(whole, ImageHeader)
            assert {cut.width, cut.height} == {whole.width, whole.height}


def test_a_reader_that_knows_no_end_is_left() -> None:
    def pages(offset: int, length: int) -> bytes:
        """A TIFF whose every page lies far behind the one before."""
        first = b"II*\0" + struct.pack("<I", 8)
        at, body = offset & ~0xFFFFF, b""
        page = struct.pack("<HHHIIHHIII", 2, 256, 4, 1, 7, 257, 4, 1, 5, (at + 0x100008) & 0xFFFFFFFF)
        body = (first if at == 0 else bytes(8)) + page
        return body[offset - at : offset - at + length]

    start = time.process_time()
    header = read_header_from(pages)

    assert header is not None
    assert header.frames == 2000
    assert time.process_time() - start < SOON


@pytest.mark.parametrize("name", ["tiff far away", "bigtiff far away", "heic with an endless box"])
def test_places_no_disk_has_are_never_looked_for(name: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(HOSTILE[name]())

    with path.open("rb") as file, pytest.raises(UnreadableImage):
        read_header_from(lambda offset, length: os.pread(file.fileno(), length, offset))


@pytest.mark.slow
def test_a_gif_that_goes_on_for_ever_is_left() -> None:
    reads: list[int] = []
    start = make.gif(9, 9)[:13] + make.gif_frame(0, 0, 9, 9)[:11]

    def frames(offset: int, length: int) -> bytes:
        reads.append(length)
        return start.ljust(length, b"\xff") if offset == 0 else b"\xff" * length

    with pytest.raises(UnreadableImage):
        read_header_from(frames)
    assert len(reads) < 1000


def test_frames_scattered_over_a_huge_file_are_left() -> None:
    start = make.webp(make.canvas(9, 9, 2))
    frame = b"ANMF" + struct.pack("<I", (1 << 18) - 8)
    reads: list[int] = []

    def frames(offset: int, length: int) -> bytes:
        """A frame every 256 KiB, for ever."""
        reads.append(length)
        if offset == 0:
            return (start[:4] + b"\xff\xff\xff\xff" + start[8:] + frame).ljust(length, b"\0")
        return frame.ljust(length, b"\0")

    with pytest.raises(UnreadableImage):
        read_header_from(frames)
    assert len(reads) < 10_000
