"""Types that show a fixed mark at a fixed place."""

from domain import media_types as t
from domain.media_types import MediaType

_AT_START: tuple[tuple[bytes, MediaType], ...] = (
    (b"\xff\xd8\xff", t.JPEG),
    (b"\x89PNG\r\n\x1a\n", t.PNG),
    (b"GIF87a", t.GIF),
    (b"GIF89a", t.GIF),
    (b"II*\0\x10\0\0\0CR\x02", t.CR2),
    (b"II*\0", t.TIFF),
    (b"MM\0*", t.TIFF),
    (b"II+\0\x08\0\0\0", t.TIFF),
    (b"MM\0+\0\x08\0\0", t.TIFF),
    (b"II\xbc\x01", t.JXR),
    (b"8BPS\0\x01", t.PSD),
    (b"8BPS\0\x02", t.PSD),
    (b"\xff\x0a", t.JXL),
    (b"\0\0\0\x0cJXL \r\n\x87\n", t.JXL),
    (b"\0\0\0\x0cjP  \r\n\x87\n", t.JP2),
    (b"\xff\x4f\xff\x51", t.J2K),
    (b"DDS \x7c\0\0\0", t.DDS),
    (b"v/1\x01", t.EXR),
    (b"qoif\0", t.QOI),
    (b"\x8aMNG\r\n\x1a\n", t.MNG),
    (b"\0\0\x01\xba", t.MPEG),
    (b"\0\0\x01\xb3", t.MPEG),
    (b"FLV\x01", t.FLV),
    (b"fLaC\0\0\0\x22", t.FLAC),
    (b"fLaC\x80\0\0\x22", t.FLAC),
    (b"MThd\0\0\0\x06", t.MIDI),
    (b"#!AMR\n", t.AMR),
    (b"#!AMR-WB\n", t.AMR_WB),
    (b"caff\0\x01", t.CAF),
    (b"%PDF-", t.PDF),
    (b"%!PS-Adobe-", t.POSTSCRIPT),
    (b"{\\rtf", t.RTF),
    (b"\x1f\x8b\x08", t.GZIP),
    (b"7z\xbc\xaf\x27\x1c", t.SEVEN_ZIP),
    (b"Rar!\x1a\x07", t.RAR),
    (b"\xfd7zXZ\0", t.XZ),
    (b"\x28\xb5\x2f\xfd", t.ZSTD),
    (b"\x04\x22\x4d\x18", t.LZ4),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", t.COMPOUND),
    (b"wOFF\0\x01\0\0", t.WOFF),
    (b"wOFFOTTO", t.WOFF),
    (b"wOF2\0\x01\0\0", t.WOFF2),
    (b"wOF2OTTO", t.WOFF2),
    (b"\0\x01\0\0\0", t.TTF),
    (b"OTTO\0", t.OTF),
    (b"\0asm\x01\0\0\0", t.WASM),
    (b"\x7fELF", t.ELF),
    (b"SQLite format 3\0", t.SQLITE),
)
_BY_FIRST_BYTE: dict[int, list[tuple[bytes, MediaType]]] = {}
for _mark, _type in _AT_START:
    _BY_FIRST_BYTE.setdefault(_mark[0], []).append((_mark, _type))

_TAR_MARKS = (b"ustar\0", b"ustar  \0")
_TAR_MARK_AT = 257


def by_magic(head: bytes) -> MediaType | None:
    """The type whose mark the head shows."""
    for mark, found in _BY_FIRST_BYTE.get(head[0], ()) if head else ():
        if head.startswith(mark):
            return found
    return t.TAR if head.startswith(_TAR_MARKS, _TAR_MARK_AT) else None
