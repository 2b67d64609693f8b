"""The shared corpus of odd and hostile pictures, where it lies beside the project."""

import time
import warnings
from pathlib import Path

import pytest
from PIL import Image

from domain.image_headers.budget import DecodeLimits, ImageTooBig, check_budget
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.reading import read_header, read_header_from
from domain.sniffing import HEIC_TYPES, IMAGE_TYPES_TAKEN, sniff

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
MANIFEST = CORPUS / "MANIFEST.tsv"
TAKEN = IMAGE_TYPES_TAKEN | HEIC_TYPES
NOT_OF_PIXELS = {
    "msie-zlib-dos.png": "32 pixels square: only its compressed data are broken",
    "images__big-height.webp": "99 frames of 13 x 169: too tall only when stacked into one WebP",
    "fixtures__big-height.webp": "97 frames of 13 x 169: likewise",
}

pytestmark = pytest.mark.skipif(not MANIFEST.exists(), reason="the shared corpus is not here")


def files(*categories: str) -> list[Path]:
    if not MANIFEST.exists():
        return []
    rows = [line.split("\t") for line in MANIFEST.read_text().splitlines()[1:]]
    return [CORPUS / row[3] for row in rows if row[0] in categories or not categories]


def name_of(file: Path) -> str:
    return file.name


def header_of(file: bytes) -> ImageHeader | None:
    return read_header(file, complete=True)


def opened(file: Path) -> tuple[tuple[int, int], int] | None:
    """Size and orientation as Pillow tells them; None when it cannot open the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(file) as image:
                return image.size, image.getexif().get(0x0112, 1)
        except (OSError, SyntaxError, ValueError):
            return None


@pytest.mark.parametrize("file", files("bomb-pixels"), ids=name_of)
def test_bombs_are_refused_from_the_header(file: Path) -> None:
    head = file.read_bytes()
    if sniff(head).mime not in TAKEN:
        return
    harmless = any(file.name.endswith(name) for name in NOT_OF_PIXELS)
    try:
        header = header_of(head)
        assert header is not None
        check_budget(header, DecodeLimits(), animated=True)
    except (UnreadableImage, ImageTooBig):
        assert not harmless
    else:
        assert harmless


@pytest.mark.parametrize("file", files("formats-valid", "pngsuite-valid", "metadata-gps", "orientation"), ids=name_of)
def test_sizes_agree_with_pillow(file: Path) -> None:
    known = opened(file)
    if known is None or sniff(file.read_bytes()).mime not in TAKEN:
        return
    (width, height), orientation = known
    header = header_of(file.read_bytes())

    assert header is not None
    assert header.upright == ((height, width) if orientation >= 5 else (width, height))
    if sniff(file.read_bytes()).mime != "image/avif":
        assert header.orientation == (orientation or 1)


@pytest.mark.parametrize("file", files("orientation"), ids=name_of)
def test_orientation_files_tell_their_orientation(file: Path) -> None:
    said = file.stem[-1]
    header = header_of(file.read_bytes())

    assert header is not None
    if said in "12345678" and file.suffix == ".jpg":
        assert header.orientation == int(said)


def test_every_file_ends_soon_and_in_a_promised_way() -> None:
    for file in files():
        content = file.read_bytes()
        start = time.process_time()
        for cut in (len(content), len(content) // 2, 4096, 64):
            for complete in (True, False):
                try:
                    read_header(content[:cut], complete=complete)
                except UnreadableImage:
                    pass
                except HeaderBeyond:
                    assert not complete
        assert time.process_time() - start < 1, file.name


def test_files_read_by_offset_give_the_same() -> None:
    for file in files("formats-valid", "orientation", "metadata-gps"):
        content = file.read_bytes()

        def read(offset: int, length: int, content: bytes = content) -> bytes:
            return content[offset : offset + length]

        try:
            header = header_of(content)
        except UnreadableImage:
            with pytest.raises(UnreadableImage):
                read_header_from(read)
        else:
            assert read_header_from(read) == header
