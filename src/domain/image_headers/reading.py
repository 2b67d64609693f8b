"""Reads the header of any picture the image door takes, without decoding a pixel of it."""

from collections.abc import Callable, Mapping

from domain import media_types as t
from domain.image_headers.gif import read_gif
from domain.image_headers.header import ImageHeader
from domain.image_headers.isobmff import read_isobmff
from domain.image_headers.jpeg import read_jpeg
from domain.image_headers.png import read_png
from domain.image_headers.source import ReadAt, Source, Windows
from domain.image_headers.tiff import read_tiff
from domain.image_headers.webp import read_webp
from domain.sniffing import SNIFF_BYTES, sniff

_READERS: Mapping[str, Callable[[Source], ImageHeader]] = {
    t.JPEG.mime: read_jpeg,
    t.PNG.mime: read_png,
    t.GIF.mime: read_gif,
    t.WEBP.mime: read_webp,
    t.TIFF.mime: read_tiff,
    t.AVIF.mime: read_isobmff,
    t.HEIC.mime: read_isobmff,
    t.HEIF.mime: read_isobmff,
}


def read_header(head: bytes, *, complete: bool) -> ImageHeader | None:
    """The header of a picture that begins with `head`; None when it is of no kind we take.

    `complete` says that `head` is the whole file. Raises `HeaderBeyond` when more of it is needed,
    `UnreadableImage` when more would not help.
    """
    return _read(head, Source(lambda at, length: head[at : at + length], complete=complete))


def read_header_from(read: ReadAt) -> ImageHeader | None:
    """The same over a whole file that can be read at any place; never `HeaderBeyond`."""
    windows = Windows(read)
    return _read(windows(0, SNIFF_BYTES), Source(windows, complete=True))


def _read(head: bytes, source: Source) -> ImageHeader | None:
    reader = _READERS.get(sniff(head).mime)
    return reader(source) if reader else None
