"""Headers say what Pillow says after opening the file, without decoding anything."""

import io
import struct
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from PIL import Image

from domain.image_headers.budget import DecodeLimits, ImageTooBig, check_budget
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.reading import read_header, read_header_from
from tests.tables import over_rows
from tests.unit.domain import pictures as make

SIZE = make.SIZE
SQUARE = (SIZE[0], SIZE[0])
TURNED = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF")
SHAPES = {
    "jpeg": (make.picture("JPEG"), 3, 8),
    "jpeg, grey": (make.picture("JPEG", "L"), 1, 8),
    "jpeg, CMYK": (make.picture("JPEG", "CMYK"), 4, 8),
    "jpeg, progressive": (make.picture("JPEG", progressive=True), 3, 8),
    "jpeg, arithmetic": (make.jpeg(*SIZE, start=0xC9), 3, 8),
    "png": (make.picture("PNG"), 3, 8),
    "png, alpha": (make.picture("PNG", "RGBA"), 4, 8),
    "png, grey": (make.picture("PNG", "L"), 1, 8),
    "png, grey alpha": (make.picture("PNG", "LA"), 2, 8),
    "png, bits": (make.picture("PNG", "1"), 1, 1),
    "png, 16 bit": (make.picture("PNG", "I;16"), 1, 16),
    "png, 16 bit colour": (make.png(*SIZE, bits=16), 3, 16),
    "png, palette": (make.picture("PNG", "P"), 3, 8),
    "png, palette with a clear colour": (make.picture("PNG", "P", transparency=0), 4, 8),
    "gif": (make.picture("GIF", "P"), 3, 8),
    "gif with a clear colour": (make.picture("GIF", "P", transparency=0), 4, 8),
    "webp": (make.picture("WEBP"), 3, 8),
    "webp, alpha": (make.saved(Image.new("RGBA", SIZE, (9, 9, 9, 9)), "WEBP"), 4, 8),
    "webp, lossless": (make.picture("WEBP", lossless=True), 3, 8),
    "webp, lossless alpha": (make.saved(Image.new("RGBA", SIZE, (9, 9, 9, 9)), "WEBP", lossless=True), 4, 8),
    "webp with a profile": (make.picture("WEBP", icc_profile=b"profile"), 3, 8),
    "tiff": (make.picture("TIFF"), 3, 8),
    "tiff, CMYK": (make.picture("TIFF", "CMYK"), 4, 8),
    "tiff, 16 bit": (make.picture("TIFF", "I;16"), 1, 16),
    "tiff, float": (make.picture("TIFF", "F"), 1, 32),
    "tiff, bits": (make.picture("TIFF", "1"), 1, 1),
    "tiff, palette": (make.picture("TIFF", "P"), 3, 8),
    "tiff, packed": (make.picture("TIFF", compression="tiff_lzw"), 3, 8),
    "bigtiff": (make.picture("TIFF", "RGBA", big_tiff=True), 4, 8),
    "bigtiff, big-endian": (
        make.big_tiff([(256, 4, 1, SIZE[0] << 32), (257, 3, 1, SIZE[1] << 48), (277, 16, 1, 2)]),
        2,
        1,
    ),
    "avif": (make.picture("AVIF"), 3, 8),
    "avif, alpha": (make.saved(Image.new("RGBA", SIZE, (9, 9, 9, 9)), "AVIF"), 4, 8),
}
MOVING = {
    "gif": make.moving("GIF", 5),
    "webp": make.moving("WEBP", 5),
    "apng": make.moving("PNG", 5),
    "tiff": make.moving("TIFF", 5),
    "avif": make.moving("AVIF", 5),
}


def header_of(file: bytes) -> ImageHeader:
    """The header by both ways of reading, which must agree."""
    header = read_header(file, complete=True)
    assert header is not None
    assert read_header_from(reader(file)) == header
    return header


def reader(file: bytes) -> Callable[[int, int], bytes]:
    def read(offset: int, length: int) -> bytes:
        return file[offset : offset + length]

    return read


@over_rows(("file", "bands", "bits"), SHAPES.values(), ids=SHAPES)
def test_size_bands_and_bits(file: bytes, bands: int, bits: int) -> None:
    assert header_of(file) == ImageHeader(*SIZE, bands, bits)


@over_rows("file", MOVING.values(), ids=MOVING)
def test_frames_are_counted(file: bytes) -> None:
    header = header_of(file)

    assert (header.width, header.height, header.frames) == (*SIZE, 5)


@over_rows("kind", TURNED)
@over_rows("orientation", range(1, 9))
def test_every_orientation_gives_the_upright_size(kind: str, orientation: int) -> None:
    header = header_of(make.turned(kind, orientation))

    assert header.upright == (SIZE if orientation < 5 else SIZE[::-1])
    assert header.orientation == (1 if kind == "AVIF" else orientation)


@over_rows("order", ["<", ">"])
@over_rows(("told", "meant"), [(0, 1), (1, 1), (6, 6), (8, 8), (9, 1), (65535, 1)])
def test_an_impossible_orientation_is_upright(order: str, told: int, meant: int) -> None:
    file = make.jpeg(*SIZE, before=make.jpeg_segment(0xE1, make.exif(told, order)))

    assert header_of(file).orientation == meant


def test_the_first_exif_block_counts_even_behind_the_frame_header() -> None:
    first, second = (make.jpeg_segment(0xE1, make.exif(told)) for told in (6, 3))

    assert header_of(make.jpeg(*SIZE, after=first + second)).orientation == 6


@over_rows("cut", range(len(make.exif(6))))
def test_a_damaged_exif_block_is_upright(cut: int) -> None:
    told = header_of(make.jpeg(*SIZE, before=make.jpeg_segment(0xE1, make.exif(6)[:cut]))).orientation

    assert told in {1, 6}


def test_stray_bytes_and_fill_between_segments_are_skipped() -> None:
    assert (
        header_of(make.jpeg(*SIZE, before=make.jpeg_segment(0xFE, b"hello") + b"stray\xff\0\xff\xff\xff\x01")).upright
        == SIZE
    )


def test_a_gif_is_as_large_as_its_frames_reach() -> None:
    file = make.gif(10, 10, make.gif_frame(0, 0, 10, 10), make.gif_frame(65535, 4, 100, 100))

    assert header_of(file) == ImageHeader(65635, 104, 3, frames=2)


def test_a_gif_cut_in_its_second_frame_has_the_frames_that_began() -> None:
    file = make.moving("GIF", 4)

    assert 1 <= header_of(file[:-40]).frames <= 4


def test_a_chain_of_tiff_pages_that_turns_back_ends() -> None:
    file = make.tiff([(256, 4, 1, 7), (257, 4, 1, 5)], following=8)

    assert header_of(file) == ImageHeader(7, 5, 1, 1)


@over_rows("brand", [b"heic", b"heix", b"mif1", b"avif"])
def test_the_primary_item_decides_among_tiles_and_thumbnails(brand: bytes) -> None:
    file = make.still(
        [make.ispe(512, 512), make.ispe(4032, 3024), make.ispe(320, 240)],
        {1: [1], 2: [1], 49: [2], 50: [3]},
        brand=brand,
        primary=49,
    )

    assert header_of(file) == ImageHeader(4032, 3024, 3)


@over_rows(("turns", "size"), [(0, (40, 24)), (1, (24, 40)), (2, (40, 24)), (3, (24, 40))])
def test_heic_is_told_as_it_is_shown(turns: int, size: tuple[int, int]) -> None:
    turn = make.box(b"irot", bytes([turns]))
    header = header_of(make.still([make.ispe(40, 24), turn], {1: [1, 0x80 | 2]}))

    assert (header.width, header.height) == header.upright == size


def clap(width: int, height: int, below: int = 1) -> bytes:
    return make.box(b"clap", struct.pack(">8I", width, below, height, below, 0, 1, 0, 1))


@pytest.mark.parametrize(("turns", "size"), [(0, (39, 23)), (1, (23, 39))])
def test_what_fills_heic_up_to_whole_blocks_is_not_shown(turns: int, size: tuple[int, int]) -> None:
    turn = make.box(b"irot", bytes([turns]))
    header = header_of(make.still([make.ispe(40, 24), clap(39, 23), turn], {1: [1, 0x80 | 2, 0x80 | 3]}))

    assert header.upright == size
    assert {header.width, header.height} == {40, 24}, "which is what is decoded"


@over_rows("aperture", [clap(41, 24), clap(40, 25), clap(0, 24), clap(40, 24, below=0), clap(1, 1, 2)])
def test_an_aperture_that_makes_no_sense_hides_nothing(aperture: bytes) -> None:
    assert header_of(make.still([make.ispe(40, 24), aperture], {1: [1, 2]})).upright == (40, 24)


def test_a_small_aperture_makes_no_bomb_smaller() -> None:
    header = header_of(make.still([make.ispe(20_000, 20_000), clap(10, 10)], {1: [1, 2]}))

    with pytest.raises(ImageTooBig):
        check_budget(header, DecodeLimits())


def test_heic_tells_its_profile() -> None:
    def told(*colours: bytes) -> bytes | None:
        return header_of(make.still([make.ispe(40, 24), *colours], {1: range(1, 2 + len(colours))})).profile

    profile, nclx = b"P" * 200, make.box(b"colr", b"nclx", bytes(7))
    assert told(nclx, make.box(b"colr", b"prof", profile)) == profile
    assert told(make.box(b"colr", b"rICC", profile), nclx) == profile
    assert told(nclx) is None
    assert told(make.box(b"colr", b"prof", b"P" * 100)) is None
    assert told(make.box(b"colr", b"prof", bytes(70_000))) is None


def test_heic_tells_its_bits_and_its_transparency() -> None:
    pixi = make.full(b"pixi", b"\x03\x0a\x0a\x0a")
    alpha = make.full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")
    depth = make.full(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth\0")
    refers = make.full(b"iref", *(make.box(b"auxl", struct.pack(">HHH", item, 1, 1)) for item in (2, 3)))
    properties = [make.ispe(*SIZE), pixi, alpha, depth]

    assert header_of(make.still(properties, {1: [1, 2], 2: [1, 3], 3: [1, 4]}, extra=refers)) == ImageHeader(
        *SIZE, 4, 10
    )
    assert header_of(make.still(properties, {1: [1, 2], 2: [1, 4], 3: [1, 4]}, extra=refers)) == ImageHeader(
        *SIZE, 3, 10
    )


def test_a_sequence_may_be_nothing_but_a_track() -> None:
    assert header_of(make.sequence(64, 48, 30)) == ImageHeader(64, 48, 3, frames=30)


@over_rows("file", [make.picture("BMP"), b"<svg/>", b"%PDF-1.7", b"", b"plain"])
def test_other_types_have_no_header_here(file: bytes) -> None:
    assert read_header(file, complete=True) is None
    assert read_header_from(reader(file)) is None


class TestWhatLiesBeyondTheHead:
    """More of the file is asked for only while more would help."""

    @pytest.mark.slow
    @over_rows("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
    def test_a_picture_that_tells_early_needs_no_more(self, kind: str) -> None:
        noise = make.saved(Image.effect_noise((600, 600), 90), kind)

        header = read_header(noise[:2000], complete=False)

        assert len(noise) > 20_000
        assert header is not None
        assert (header.width, header.height) == (600, 600)

    @pytest.mark.slow
    @over_rows(("file", "bands", "bits"), SHAPES.values(), ids=SHAPES)
    def test_a_head_cut_anywhere_is_never_called_wrong(self, file: bytes, bands: int, bits: int) -> None:
        for cut in range(16, len(file)):
            try:
                found = read_header(file[:cut], complete=False)
            except HeaderBeyond as beyond:
                found = beyond.so_far
            assert found is None or found.upright == SIZE

    def test_a_tiff_whose_directory_lies_at_the_end_is_read_from_the_file(self) -> None:
        file = make.tiff([(256, 4, 1, 70), (257, 4, 1, 50)], at=3_000_000)

        with pytest.raises(HeaderBeyond) as beyond:
            read_header(file[:65536], complete=False)

        assert beyond.value.so_far is None
        assert read_header_from(reader(file)) == ImageHeader(70, 50, 1, 1)
        with pytest.raises(UnreadableImage):
            read_header(file[:65536], complete=True)

    def test_only_the_pages_of_a_tiff_are_open(self) -> None:
        file = make.tiff([(256, 4, 1, 70), (257, 4, 1, 50)], following=3_000_000)

        with pytest.raises(HeaderBeyond) as beyond:
            read_header(file, complete=False)

        assert beyond.value.so_far == ImageHeader(70, 50, 1, 1)

    def test_only_the_frames_of_a_gif_are_open(self) -> None:
        file = make.moving("GIF", 5)

        with pytest.raises(HeaderBeyond) as beyond:
            read_header(file[:-30], complete=False)

        assert beyond.value.so_far is not None
        assert beyond.value.so_far.upright == SIZE

    def test_only_the_orientation_of_a_webp_is_open(self) -> None:
        file = make.turned("WEBP", 6)

        with pytest.raises(HeaderBeyond) as beyond:
            read_header(file[:60], complete=False)

        assert beyond.value.so_far is not None
        assert replace(header_of(file), exif=None) == replace(beyond.value.so_far, orientation=6)

    def test_a_file_is_read_in_few_pieces(self) -> None:
        file = make.gif(9, 9, *[make.gif_frame(0, 0, 9, 9, (b"\xff" + bytes(255)) * 2000 + b"\0")] * 8)
        asked: list[int] = []

        def read(offset: int, length: int) -> bytes:
            asked.append(length)
            return file[offset : offset + length]

        header = read_header_from(read)

        assert header == ImageHeader(9, 9, 3, frames=8)
        assert len(asked) < 20


class TestBudget:
    """What would be too much to decode is refused by its header."""

    LIMITS = DecodeLimits()

    @over_rows(
        "header",
        [
            ImageHeader(10_000, 10_000, 4),
            ImageHeader(30_000, 3_333, 3),
            ImageHeader(3_333, 30_000, 1, 16),
            ImageHeader(5_000, 5_000, 16),
        ],
    )
    def test_the_largest_allowed(self, header: ImageHeader) -> None:
        check_budget(header, self.LIMITS)

    @over_rows(
        "header",
        [
            ImageHeader(10_001, 10_000, 3),
            ImageHeader(30_001, 1, 3),
            ImageHeader(1, 30_001, 3),
            ImageHeader(5_001, 5_000, 16),
            ImageHeader(1 << 62, 1 << 62, 65535),
        ],
    )
    def test_one_more_is_too_much(self, header: ImageHeader) -> None:
        with pytest.raises(ImageTooBig) as refused:
            check_budget(header, self.LIMITS)

        assert refused.value.code == "image_too_large"

    def test_frames_count_where_all_of_them_are_wanted(self) -> None:
        header = ImageHeader(1000, 1000, 4, frames=101)

        check_budget(header, self.LIMITS)
        check_budget(replace(header, frames=100), self.LIMITS, animated=True)
        with pytest.raises(ImageTooBig):
            check_budget(header, self.LIMITS, animated=True)

    def test_many_small_frames_are_too_many(self) -> None:
        header = ImageHeader(1, 1, 4, frames=1001)

        check_budget(header, self.LIMITS)
        with pytest.raises(ImageTooBig):
            check_budget(header, self.LIMITS, animated=True)

    def test_limits_are_settings(self) -> None:
        with pytest.raises(ImageTooBig):
            check_budget(ImageHeader(11, 10, 3), DecodeLimits(max_pixels=100, max_side=20))


def test_a_photo_with_a_full_exif_block_takes_no_time() -> None:
    big = make.exif(6) + bytes(65_000)
    out = io.BytesIO()
    Image.new("RGB", (1200, 800)).save(out, "JPEG")
    photo = out.getvalue()
    photo = photo[:2] + make.jpeg_segment(0xE1, big) + photo[2:]

    def once() -> float:
        start = time.perf_counter()
        header = read_header(photo, complete=False)
        assert header is not None
        assert header.upright == (800, 1200)
        return time.perf_counter() - start

    assert min(once() for _ in range(20)) < 0.001
