"""Small files of every format that tell a place in every way that the format has, and other things besides."""

import hashlib
import struct
import zlib
from functools import cache

from PIL import Image

from tests.unit.contracts.drawn import display_p3, encoded, quarters
from tests.unit.contracts.metadata_reader import SOMEWHERE
from tests.unit.domain import pictures as make
from tests.unit.domain.test_exif import FIRST, SECOND, block

PLACE_WORDS = (b"Wien", b"Stephansplatz", b"48,12.5N", b"+48.2085+016.3731/")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
FORMATS = (
    "image/jpeg", "image/png", "image/webp", "image/gif", "image/tiff", "image/avif", "video/mp4", "video/quicktime",
)  # fmt: skip
MOVES_NOTHING = frozenset(FORMATS) - {"image/png"}
EXIF = block({**FIRST, 0x0112: 6}, SECOND, SOMEWHERE)


def packet(more: str = "") -> bytes:
    """XMP with a place as attributes, as elements and as a structure."""
    return f"""<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">
      <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
        xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
        exif:GPSLatitude="48,12.5N" photoshop:City='Wien'
        e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture">
        <dc:title><rdf:Alt><rdf:li xml:lang="x-default">A title</rdf:li></rdf:Alt></dc:title>
        <e:LocationShown><rdf:Bag><rdf:li rdf:parseType="Resource"><e:Sublocation>Stephansplatz</e:Sublocation>
        <e:City>Wien</e:City></rdf:li></rdf:Bag></e:LocationShown><exif:GPSLongitude>16,22.3E</exif:GPSLongitude>
        <photoshop:Country/>{more}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


XMP = packet()


def iptc() -> bytes:
    sets = ((5, b"A title"), (90, b"Wien"), (92, b"Stephansplatz"), (101, b"Austria"))
    return b"".join(struct.pack(">BBBH", 0x1C, 2, kind, len(text)) + text for kind, text in sets)


def resource(kind: int, content: bytes) -> bytes:
    return b"8BIM" + struct.pack(">HHI", kind, 0, len(content)) + content + bytes(len(content) % 2)


def long_packet() -> list[bytes]:
    """One that takes two segments."""
    whole = packet("<dc:description>" + "x" * 70_000 + "</dc:description>")
    name = hashlib.md5(whole, usedforsecurity=False).hexdigest().upper().encode()
    head = b"http://ns.adobe.com/xmp/extension/\0" + name + struct.pack(">I", len(whole))
    cut = len(whole) - 1000
    return [head + struct.pack(">I", at) + whole[at:end] for at, end in ((0, 60_000), (60_000, cut), (cut, len(whole)))]


def jpeg() -> bytes:
    plain = encoded(quarters((64, 48)), "image/jpeg", exif=b"Exif\0\0" + EXIF, icc_profile=display_p3())
    irb = b"Photoshop 3.0\0" + resource(0x0404, iptc()) + resource(0x0425, bytes(16)) + resource(0x03ED, bytes(16))
    more = [b"http://ns.adobe.com/xap/1.0/\0" + XMP, *long_packet()]
    segments = b"".join(make.jpeg_segment(0xE1, each) for each in more) + make.jpeg_segment(0xED, irb)
    second = encoded(quarters((32, 24)), "image/jpeg", exif=b"Exif\0\0" + EXIF)
    return plain[:2] + segments + plain[2:] + second + mp4()


def png() -> bytes:
    plain = encoded(quarters((64, 48)), "image/png", exif=EXIF, icc_profile=display_p3())
    keyword = b"XML:com.adobe.xmp\0"
    raw = b"\nexif\n%8d\n" % (len(EXIF) + 6) + (b"Exif\0\0" + EXIF).hex().encode() + b"\n"
    chunks = [
        make.png_chunk(b"iTXt", keyword + b"\0\0\0\0" + XMP),
        make.png_chunk(b"iTXt", keyword + b"\1\0\0\0" + zlib.compress(XMP)),
        make.png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw)),
        make.png_chunk(b"tEXt", b"Raw profile type exif\0" + raw),
        make.png_chunk(b"tEXt", b"Title\0A title digitalCapture"),
        make.png_chunk(b"tEXt", b"exif:GPSLatitude\0 48,12.5N"),
    ]
    end = len(plain) - 12
    return plain[:33] + b"".join(chunks) + plain[33:end] + chunks[0] + plain[end:]


def webp() -> bytes:
    return encoded(quarters((64, 48)), "image/webp", exif=EXIF, xmp=XMP, icc_profile=display_p3(), lossless=True)


def gif() -> bytes:
    plain = encoded(quarters((64, 48)), "image/gif")
    tail = b"\x01" + bytes(range(255, -1, -1)) + b"\0"
    return plain[:-1] + b"\x21\xff\x0bXMP DataXMP" + XMP + tail + b"\x21\xfe\x07A title\0" + plain[-1:]


def tiff() -> bytes:
    tags = Image.Exif()
    tags.load(b"Exif\0\0" + EXIF)
    tags[700], tags[33723] = XMP, iptc()
    return encoded(quarters((64, 48)), "image/tiff", exif=tags, icc_profile=display_p3())


def avif() -> bytes:
    return encoded(quarters((64, 48)), "image/avif", exif=EXIF, xmp=XMP, icc_profile=display_p3())


def item(kind: bytes, text: bytes) -> bytes:
    return make.box(kind, make.box(b"data", struct.pack(">II", 1, 0), text))


def track(samples: bytes, at: int, kind: bytes = b"gpmd") -> bytes:
    """One whose samples, a hundred bytes each, lie at this place."""
    described = make.full(b"stsd", struct.pack(">I", 1), make.box(kind, bytes(6), b"\0\1"))
    sizes = make.full(b"stsz", struct.pack(">II", 100, len(samples) // 100))
    runs = make.full(b"stsc", struct.pack(">IIII", 1, 1, len(samples) // 100, 1))
    places = make.full(b"stco", struct.pack(">II", 1, at))
    table = make.box(b"stbl", described, sizes, runs, places)
    return make.box(b"trak", make.box(b"mdia", make.handler(b"meta"), make.box(b"minf", table)))


def mp4(brand: bytes = b"isom") -> bytes:
    """A film without pictures that tells where it was taken."""
    samples = b"+48.2085+016.3731/".ljust(100) * 3
    head = make.box(b"ftyp", brand, bytes(4), brand)
    keys = make.full(
        b"keys",
        struct.pack(">I", 2),
        make.box(b"mdta", b"com.apple.quicktime.location.ISO6709"),
        make.box(b"mdta", b"com.apple.quicktime.title"),
    )
    values = make.box(
        b"ilst", item(struct.pack(">I", 1), b"+48.2085+016.3731/"), item(struct.pack(">I", 2), b"A title")
    )
    meta = make.box(b"meta", make.handler(b"mdta"), keys, values)
    place = make.box(b"\xa9xyz", struct.pack(">HH", 18, 0), b"+48.2085+016.3731/")
    loci = make.full(b"loci", bytes(2), b"Stephansplatz\0", bytes(14))
    named = make.box(b"\xa9nam", struct.pack(">HH", 7, 0), b"A title")
    udta = make.box(b"udta", place, loci, named, make.box(b"XMP_", XMP))
    told = make.box(b"uuid", XMP_UUID, XMP)
    data = make.box(b"mdat", samples)
    return head + data + make.box(b"moov", track(samples, len(head) + 8), meta, udta) + told


@cache
def telling(mime_type: str) -> bytes:
    """A file of this type that tells a place."""
    return {
        "image/jpeg": jpeg,
        "image/png": png,
        "image/webp": webp,
        "image/gif": gif,
        "image/tiff": tiff,
        "image/avif": avif,
        "video/mp4": mp4,
        "video/quicktime": lambda: mp4(b"qt  "),
    }[mime_type]()


@cache
def silent(mime_type: str) -> bytes:
    """One that tells everything but a place."""
    if mime_type.startswith("video/"):
        return make.box(b"ftyp", b"isom", bytes(4)) + make.box(b"moov", make.box(b"udta", item(b"\xa9nam", b"A title")))
    options = {} if mime_type == "image/gif" else {"exif": b"Exif\0\0" + block({**FIRST, 0x0112: 6}, SECOND, {})}
    return encoded(quarters((64, 48)), mime_type, **options)
