"""The bytes decide what a file is; nothing a sender says can turn it into something that runs."""

import io
import zipfile

from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from domain.media_kinds import MediaKind
from domain.sniffing import HEIC_TYPES, IMAGE_TYPES_TAKEN, SNIFF_BYTES, MediaType, sniff
from tests.tables import over_rows
from tests.unit.domain import pictures as make

OFFICE = "application/vnd.openxmlformats-officedocument"


def archive(*names: str, first: tuple[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        if first:
            packed.writestr(*first)
        for name in names:
            packed.writestr(name, "content")
    return out.getvalue()


def ftyp(major: bytes, *compatible: bytes) -> bytes:
    return make.box(b"ftyp", major, bytes(4), *compatible) + make.box(b"moov", bytes(20))


def ebml(name: bytes) -> bytes:
    return b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\x82" + bytes([0x80 | len(name)]) + name + bytes(9)


def asf(*streams: str) -> bytes:
    return bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(40) + b"".join(map(bytes.fromhex, streams))


def mpeg_frames(header: str, length: int, count: int = 3) -> bytes:
    return bytes.fromhex(header).ljust(length, b"\0") * count


ASF_VIDEO = "c0ef19bc4d5bcf11a8fd00805f5c442b"
ASF_AUDIO = "409e69f84d5bcf11a8fd00805f5c442b"
ADTS = mpeg_frames("fff15080081ffc", 64)
ID3 = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
TAR_ENTRY = b"name".ljust(257, b"\0") + b"ustar\x0000" + bytes(247)

KNOWN = {
    "jpeg": (make.picture("JPEG"), "image/jpeg", "jpg"),
    "png": (make.picture("PNG"), "image/png", "png"),
    "apng": (make.moving("PNG", 3), "image/png", "png"),
    "gif": (make.picture("GIF"), "image/gif", "gif"),
    "webp": (make.picture("WEBP"), "image/webp", "webp"),
    "tiff": (make.picture("TIFF"), "image/tiff", "tiff"),
    "tiff, big-endian": (b"MM\0*\0\0\0\x08", "image/tiff", "tiff"),
    "bigtiff": (make.picture("TIFF", big_tiff=True), "image/tiff", "tiff"),
    "bigtiff, big-endian": (make.big_tiff([]), "image/tiff", "tiff"),
    "avif": (make.picture("AVIF"), "image/avif", "avif"),
    "avis": (make.moving("AVIF", 3), "image/avif", "avif"),
    "avif as mif1": (ftyp(b"mif1", b"miaf", b"avif"), "image/avif", "avif"),
    "heic": (ftyp(b"heic", b"mif1", b"heic"), "image/heic", "heic"),
    "heic sequence": (ftyp(b"hevc", b"msf1"), "image/heic", "heic"),
    "heic as mif1": (ftyp(b"mif1", b"heic"), "image/heic", "heic"),
    "heif": (ftyp(b"mif1", b"miaf"), "image/heif", "heif"),
    "bmp": (make.picture("BMP"), "image/bmp", "bmp"),
    "ico": (make.picture("ICO", size=(32, 32)), "image/vnd.microsoft.icon", "ico"),
    "psd": (b"8BPS\0\x01" + bytes(20), "image/vnd.adobe.photoshop", "psd"),
    "jxl codestream": (b"\xff\x0a\xfa\x1f", "image/jxl", "jxl"),
    "jxl container": (b"\0\0\0\x0cJXL \r\n\x87\n", "image/jxl", "jxl"),
    "jp2": (make.picture("JPEG2000"), "image/jp2", "jp2"),
    "j2k": (make.picture("JPEG2000", no_jp2=True), "image/j2c", "j2k"),
    "dds": (make.picture("DDS"), "image/vnd-ms.dds", "dds"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml", "svg"),
    "svg behind a prolog": (
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- by hand --><!DOCTYPE svg PUBLIC "a" "b" [<!ENTITY x "y">]>\n<svg>',
        "image/svg+xml",
        "svg",
    ),
    "svg with a prefix": (b'<s:svg xmlns:s="http://www.w3.org/2000/svg">', "image/svg+xml", "svg"),
    "svg in UTF-16": ("\ufeff<svg onload='x'>".encode("utf-16-le"), "image/svg+xml", "svg"),
    "svg in odd bytes": (b"<svg>\xff\x00\x01", "image/svg+xml", "svg"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf", "pdf"),
    "zip": (archive("a.txt"), "application/zip", "zip"),
    "empty zip": (archive(), "application/zip", "zip"),
    "docx": (
        archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
        f"{OFFICE}.wordprocessingml.document",
        "docx",
    ),
    "xlsx": (archive("docProps/app.xml", "xl/workbook.xml"), f"{OFFICE}.spreadsheetml.sheet", "xlsx"),
    "pptx": (archive("[Content_Types].xml", "ppt/presentation.xml"), f"{OFFICE}.presentationml.presentation", "pptx"),
    "epub": (archive("META-INF/c.xml", first=("mimetype", "application/epub+zip")), "application/epub+zip", "epub"),
    "odt": (
        archive("content.xml", first=("mimetype", "application/vnd.oasis.opendocument.text")),
        "application/vnd.oasis.opendocument.text",
        "odt",
    ),
    "apk": (archive("AndroidManifest.xml", "classes.dex"), "application/vnd.android.package-archive", "apk"),
    "gzip": (b"\x1f\x8b\x08\0" + bytes(8), "application/gzip", "gz"),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\x04", "application/x-7z-compressed", "7z"),
    "rar": (b"Rar!\x1a\x07\x01\0", "application/vnd.rar", "rar"),
    "xz": (b"\xfd7zXZ\0\0\x04", "application/x-xz", "xz"),
    "zstd": (b"\x28\xb5\x2f\xfd\x04", "application/zstd", "zst"),
    "bz2": (b"BZh91AY&SY\xaa\xbb", "application/x-bzip2", "bz2"),
    "tar": (TAR_ENTRY, "application/x-tar", "tar"),
    "mp4": (ftyp(b"isom", b"iso2", b"avc1", b"mp41"), "video/mp4", "mp4"),
    "mp4 of a strange brand": (ftyp(b"what", b"mp42"), "video/mp4", "mp4"),
    "m4v": (ftyp(b"M4V ", b"mp42"), "video/x-m4v", "m4v"),
    "mov": (ftyp(b"qt  "), "video/quicktime", "mov"),
    "mov without ftyp": (make.box(b"wide") + make.box(b"mdat", bytes(9)), "video/quicktime", "mov"),
    "3gp": (ftyp(b"3gp5", b"isom"), "video/3gpp", "3gp"),
    "m4a": (ftyp(b"M4A ", b"isom"), "audio/mp4", "m4a"),
    "webm": (ebml(b"webm"), "video/webm", "webm"),
    "matroska": (ebml(b"matroska"), "video/x-matroska", "mkv"),
    "avi": (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo", "avi"),
    "wmv": (asf(ASF_AUDIO, ASF_VIDEO), "video/x-ms-wmv", "wmv"),
    "wma": (asf(ASF_AUDIO), "audio/x-ms-wma", "wma"),
    "asf": (asf(), "video/x-ms-asf", "asf"),
    "mpeg-ts": (b"G\x40\0\x10".ljust(188, b"\xff") * 5, "video/mp2t", "ts"),
    "mpeg-ts of a camera": (b"\0\0\0\0G\x40\0\x10".ljust(192, b"\xff") * 4, "video/mp2t", "ts"),
    "mpeg-ps": (b"\0\0\x01\xba\x44\0\x04", "video/mpeg", "mpg"),
    "flv": (b"FLV\x01\x05\0\0\0\x09", "video/x-flv", "flv"),
    "ogg vorbis": (b"OggS\0\x02".ljust(28, b"\0") + b"\x01vorbis", "audio/ogg", "ogg"),
    "ogg opus": (b"OggS\0\x02".ljust(28, b"\0") + b"OpusHead", "audio/ogg", "ogg"),
    "ogg theora": (b"OggS\0\x02".ljust(28, b"\0") + b"\x01vorbis" + bytes(30) + b"\x80theora", "video/ogg", "ogv"),
    "ogg of something": (b"OggS\0\x02" + bytes(60), "application/ogg", "ogx"),
    "mp3 with a tag": (ID3 + bytes(5), "audio/mpeg", "mp3"),
    "mp3": (mpeg_frames("fffb9064", 417), "audio/mpeg", "mp3"),
    "mp3 of a low rate": (mpeg_frames("fff340c4", 104), "audio/mpeg", "mp3"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav", "wav"),
    "flac": (b"fLaC\0\0\0\x22" + bytes(34), "audio/flac", "flac"),
    "flac with a tag": (ID3 + b"fLaC\0\0\0\x22", "audio/flac", "flac"),
    "aac": (ADTS, "audio/aac", "aac"),
    "aac with a tag": (ID3 + ADTS, "audio/aac", "aac"),
    "aiff": (b"FORM\0\0\0\x40AIFFCOMM", "audio/aiff", "aiff"),
    "midi": (b"MThd\0\0\0\x06\0\x01", "audio/midi", "mid"),
    "amr": (b"#!AMR\n\x3c", "audio/amr", "amr"),
    "woff": (b"wOFF\0\x01\0\0", "font/woff", "woff"),
    "woff2": (b"wOF2\0\x01\0\0", "font/woff2", "woff2"),
    "html": (b"<!DOCTYPE html><title>x</title>", "text/html", "html"),
    "html in capitals": (b"  \n<HTML>", "text/html", "html"),
    "html behind a comment": (b"<!-- hi --> <script>alert(1)</script>", "text/html", "html"),
    "html in UTF-16": (b"\xfe\xff" + "<script>".encode("utf-16-be"), "text/html", "html"),
    "html that never begins": (b"<!-- " + b"-" * 100, "text/html", "html"),
    "xhtml": (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', "text/html", "html"),
    "xml": (b'<?xml version="1.0"?>\n<note/>', "application/xml", "xml"),
    "xml without declaration": (b'<feed xmlns="http://www.w3.org/2005/Atom">', "application/xml", "xml"),
    "json": (b' {"a": [1, 2]}', "application/json", "json"),
    "json array": (b'[{"a": 1}]', "application/json", "json"),
    "plain text": ("grüße, 世界\n".encode(), "text/plain", "txt"),
    "wasm": (b"\0asm\x01\0\0\0", "application/wasm", "wasm"),
    "elf": (b"\x7fELF\x02\x01\x01", "application/x-elf", "elf"),
    "exe": (b"MZ\x90\0" + bytes(80), "application/vnd.microsoft.portable-executable", "exe"),
    "sqlite": (b"SQLite format 3\0\x10\0", "application/vnd.sqlite3", "sqlite"),
}
NOT_WHAT_IT_SEEMS = {
    "nothing": (b"", "application/octet-stream"),
    "noise": (bytes(range(128, 160)), "application/octet-stream"),
    "one frame of mp3": (mpeg_frames("fffb9064", 417, 1), "application/octet-stream"),
    "two marks of mp3 at the wrong distance": (mpeg_frames("fffb9064", 300), "application/octet-stream"),
    "ftyp of nobody": (ftyp(b"a\x8ae\x99", b"zzzz"), "application/octet-stream"),
    "boxes without ftyp": (make.box(b"iprp", bytes(500)), "application/octet-stream"),
    "ebml of nobody": (ebml(b"else"), "application/octet-stream"),
    "riff of nobody": (b"RIFF\x10\0\0\0ELSE", "application/octet-stream"),
    "latin-1 text": (b"gr\xfc\xdfe", "application/octet-stream"),
    "a letter to BMW": (b"BMW, Munich, the first of May", "text/plain"),
    "a letter from MZ": (b"MZ wrote: " + b"hello " * 30, "text/plain"),
    "many Gs": (b"G" * 2000, "text/plain"),
    "a footnote": (b"[1] see below", "text/plain"),
    "a chat": (b"<anna> hello\n<bert> hi", "text/plain"),
    "php": (b"<?php echo 1;", "text/plain"),
    "arithmetic": (b"<3 and 5> 2", "text/plain"),
}


@over_rows(("head", "mime", "extension"), KNOWN.values(), ids=KNOWN)
def test_every_known_type_is_told_by_its_bytes(head: bytes, mime: str, extension: str) -> None:
    found = sniff(head)

    assert (found.mime, found.extension) == (mime, extension)


@over_rows(("head", "mime"), NOT_WHAT_IT_SEEMS.values(), ids=NOT_WHAT_IT_SEEMS)
def test_a_likeness_is_not_enough(head: bytes, mime: str) -> None:
    assert sniff(head).mime == mime


@over_rows(("head", "mime", "extension"), KNOWN.values(), ids=KNOWN)
@over_rows("declared", ["image/jpeg", "text/html", "text/csv", "application/json", "video/mp4"])
def test_what_the_sender_says_never_overrules_a_mark(head: bytes, mime: str, extension: str, declared: str) -> None:
    if mime != "text/plain":
        assert sniff(head, declared=declared) == sniff(head)


@over_rows(
    ("declared", "mime", "extension"),
    [
        ("text/csv", "text/csv", "csv"),
        ("TEXT/CSV; charset=utf-8", "text/csv", "csv"),
        ("application/json", "application/json", "json"),
        ("text/markdown", "text/markdown", "md"),
        ("text/plain", "text/plain", "txt"),
        ("text/html", "text/plain", "txt"),
        ("image/svg+xml", "text/plain", "txt"),
        ("application/xml", "text/plain", "txt"),
        ("text/javascript", "text/plain", "txt"),
        ("image/png", "text/plain", "txt"),
        ("nonsense", "text/plain", "txt"),
        (None, "text/plain", "txt"),
    ],
)
def test_the_sender_may_say_which_harmless_text_it_is(declared: str | None, mime: str, extension: str) -> None:
    found = sniff("größe,farbe\n1,2\n".encode(), declared=declared)

    assert found == MediaType(mime, extension, MediaKind.FILE)


def test_a_character_cut_in_two_at_the_end_is_still_text() -> None:
    assert sniff(("a" + "ü" * SNIFF_BYTES).encode()).mime == "text/plain"


@given(
    head=st.binary(max_size=600), declared=st.one_of(st.none(), st.sampled_from(["text/csv", "image/png", "text/html"]))
)
@example(head=b"\xff\xfe", declared=None)
@example(head=b"PK\x03\x04", declared=None)
@example(head=b"\x1a\x45\xdf\xa3\x42\x82", declared=None)
@example(head=b"OggS\0", declared=None)
def test_any_bytes_have_a_type(head: bytes, declared: str | None) -> None:
    found = sniff(head, declared=declared)

    assert found.extension.isalnum()
    assert found.extension == found.extension.lower()
    if declared and found != sniff(head):
        assert found.kind is MediaKind.FILE


@given(
    mark=st.sampled_from([head for head, _, _ in KNOWN.values()]), cut=st.integers(0, 600), tail=st.binary(max_size=40)
)
def test_known_heads_cut_and_patched_have_a_type(mark: bytes, cut: int, tail: bytes) -> None:
    assert sniff(mark[:cut] + tail).mime


@given(
    beginning=st.binary(min_size=1, max_size=64), filler=st.binary(min_size=1, max_size=4), tail=st.binary(min_size=1)
)
def test_more_than_the_head_changes_nothing(beginning: bytes, filler: bytes, tail: bytes) -> None:
    head = (beginning + filler * SNIFF_BYTES)[:SNIFF_BYTES]
    assert sniff(head + tail) == sniff(head)


def test_the_image_door_takes_what_it_promises() -> None:
    assert {"image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/avif"} == IMAGE_TYPES_TAKEN
    assert {"image/heic", "image/heif"} == HEIC_TYPES
    for head in (make.picture(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF")):
        assert sniff(head).mime in IMAGE_TYPES_TAKEN


@over_rows("name", ["svg", "html", "xml", "pdf", "exe", "plain text"])
def test_what_runs_or_reads_is_only_a_file(name: str) -> None:
    assert sniff(KNOWN[name][0]).kind is MediaKind.FILE


def test_a_gif_that_is_also_a_script_is_a_gif() -> None:
    assert sniff(b"GIF89a/*" + bytes(20) + b"*/=1;alert(1)", declared="text/javascript").mime == "image/gif"


def test_pillow_and_we_agree_on_every_sample() -> None:
    for head, mime, _ in KNOWN.values():
        if mime in IMAGE_TYPES_TAKEN and len(head) > 100:
            with Image.open(io.BytesIO(head)) as image:
                assert image.get_format_mimetype() in {mime, "image/apng"}
