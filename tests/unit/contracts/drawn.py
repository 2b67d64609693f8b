"""Pictures drawn for the transformer's contract."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image, ImageCms, ImageDraw, ImageOps

Colour = tuple[int, ...]

RED, GREEN, BLUE, YELLOW = (200, 30, 30), (30, 160, 60), (40, 60, 200), (230, 210, 40)
WRITERS: dict[str, tuple[str, dict[str, Any]]] = {
    "image/jpeg": ("JPEG", {"quality": 95, "subsampling": 0}),
    "image/png": ("PNG", {}),
    "image/webp": ("WEBP", {"lossless": True}),
    "image/gif": ("GIF", {}),
    "image/tiff": ("TIFF", {}),
    "image/avif": ("AVIF", {"quality": 95, "subsampling": "4:4:4"}),
}
# What turns an upright picture into the one that this orientation turns upright again.
TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quarters(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """Red and green above, blue and yellow below: every turn and every crop shows."""
    width, height = size
    image = Image.new("RGB", size, RED)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2 - 1), GREEN)
    draw.rectangle((0, height // 2, width // 2 - 1, height), BLUE)
    draw.rectangle((width // 2, height // 2, width, height), YELLOW)
    return image.convert(mode)


def noise(size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Something that no format packs into a few bytes, and the same each time."""
    return ImageOps.colorize(Image.radial_gradient("L").resize(size), RED, BLUE, GREEN)


def encoded(image: Image.Image, mime_type: str, **options: Any) -> bytes:
    """A picture as a file of this type."""
    kind, usual = WRITERS[mime_type]
    out = io.BytesIO()
    image.save(out, kind, **{**usual, **options})
    return out.getvalue()


def oriented(orientation: int, mime_type: str = "image/jpeg") -> bytes:
    """The quarters, stored turned away, with the EXIF note that turns them back."""
    turn = TURNED[orientation]
    image = quarters() if turn is None else quarters().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(image, mime_type, exif=exif)


def film(mime_type: str, size: tuple[int, int] = (120, 80)) -> bytes:
    """Three frames of 100, 200 and 300 ms that go on for ever."""
    frames = [Image.new("RGB", size, colour) for colour in (RED, GREEN, BLUE)]
    return encoded(frames[0], mime_type, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0)


def display_p3() -> bytes:
    """The profile of most phones: sRGB's curve with wider red, green and blue."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    wider = {
        b"rXYZ": (0.51512, 0.24120, -0.00105),
        b"gXYZ": (0.29198, 0.69225, 0.04189),
        b"bXYZ": (0.15710, 0.06657, 0.78407),
    }
    for index in range(int.from_bytes(profile[128:132], "big")):
        name, at, _ = struct.unpack_from(">4sII", profile, 132 + 12 * index)
        if name in wider:
            struct.pack_into(">3i", profile, at + 8, *(round(value * 65536) for value in wider[name]))
    return bytes(profile)


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that promise a great many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def opened(path: Path) -> Image.Image:
    """A rendered picture, decoded to its end by somebody else."""
    image = Image.open(path)
    image.load()
    return image


def corner_colours(image: Image.Image) -> list[Colour]:
    """The colours in the middle of the four quarters: above, then below."""
    plain = image.convert("RGB")
    places = [(x * plain.width // 4, y * plain.height // 4) for y in (1, 3) for x in (1, 3)]
    return [pixel(plain, *place) for place in places]


def pixel(image: Image.Image, x: int, y: int) -> Colour:
    """One pixel as numbers."""
    found = image.getpixel((x, y))
    return found if isinstance(found, tuple) else (int(found or 0),)


def close(found: Colour, expected: Colour, tolerance: int = 12) -> bool:
    """Whether two colours look the same."""
    return all(abs(a - b) <= tolerance for a, b in zip(found, expected, strict=True))
