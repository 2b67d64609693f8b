"""Pictures drawn for the transformer's contract."""

import io
import struct
import zlib
from math import cos, pi
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


def half_and_half(size: tuple[int, int] = (200, 160)) -> Image.Image:
    """The left half clear with blue hidden under it, the right half red."""
    image = Image.new("RGBA", size, (*BLUE, 0))
    image.paste((*RED, 255), (size[0] // 2, 0, *size))
    return image


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


def film(mime_type: str, size: tuple[int, int] = (120, 80), **options: Any) -> bytes:
    """Three frames of 100, 200 and 300 ms that go on for ever."""
    frames = [Image.new("RGB", size, colour) for colour in (RED, GREEN, BLUE)]
    timing = {"save_all": True, "append_images": frames[1:], "duration": [100, 200, 300], "loop": 0}
    return encoded(frames[0], mime_type, **timing, **options)


def endless_film(mime_type: str) -> bytes:
    """More frames than anybody wants to see."""
    frames = [Image.new("RGB", (4, 4), (RED, BLUE)[number % 2]) for number in range(1_001)]
    return encoded(frames[0], mime_type, save_all=True, append_images=frames[1:], duration=20)


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


def drawn_thumbhash(hashed: bytes) -> Image.Image:
    """The picture of 32 pixels that a client draws of a thumbhash, by the public format."""
    head = int.from_bytes(hashed[:5], "little")

    def field(at: int, bits: int) -> int:
        return head >> at & (1 << bits) - 1

    has_alpha, landscape = field(23, 1), field(39, 1)
    side, most = max(3, field(24, 3)), 5 if has_alpha else 7
    light_counts = (most, side) if landscape else (side, most)
    aspect = (most if landscape else field(24, 3)) / (field(24, 3) if landscape else most)
    size = (32, round(32 / aspect)) if aspect > 1 else (round(32 * aspect), 32)
    start = 6 if has_alpha else 5
    steps = [nibble / 7.5 - 1 for byte in hashed[start:] for nibble in (byte & 15, byte >> 4)]
    light, warmth, redness, *veil = (
        _drawn_channel(size, counts, average, scale, steps)
        for counts, average, scale in (
            (light_counts, field(0, 6) / 63, field(18, 5) / 31),
            ((3, 3), field(6, 6) / 31.5 - 1, field(27, 6) / 63 * 1.25),
            ((3, 3), field(12, 6) / 31.5 - 1, field(33, 6) / 63 * 1.25),
            *([((5, 5), (hashed[5] & 15) / 15, (hashed[5] >> 4) / 15)] if has_alpha else []),
        )
    )
    image = Image.new("RGBA", size)
    for index, (bright, warm, red_green) in enumerate(zip(light, warmth, redness, strict=True)):
        blue = bright - 2 / 3 * warm
        red = (3 * bright - blue + red_green) / 2
        shares = (red, red - red_green, blue, veil[0][index] if veil else 1)
        colour = tuple(max(0, min(255, round(255 * share))) for share in shares)
        image.putpixel((index % size[0], index // size[0]), colour)
    return image


def _drawn_channel(
    size: tuple[int, int], counts: tuple[int, int], average: float, scale: float, steps: list[float]
) -> list[float]:
    """The channel pixel by pixel; takes its steps off the list."""
    (width, height), (across, down) = size, counts
    waves = [(x, y) for y in range(down) for x in range(across) if (x or y) and x * down < across * (down - y)]
    heights = [(*wave, steps.pop(0) * scale * 2) for wave in waves]
    return [
        average
        + sum(
            amplitude * cos(pi / width * (x + 0.5) * across) * cos(pi / height * (y + 0.5) * down)
            for across, down, amplitude in heights
        )
        for y in range(height)
        for x in range(width)
    ]


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
