"""Opening a picture: header and budget first, pixels after."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.vips.gif_end import reaches_its_end
from adapters.vips.heic import open_heic
from adapters.vips.library import LOADERS, forget_errors, pyvips
from application.picture_headers import check_header
from application.ports.image_transformer import OUT_OF_MEMORY, DecoderLost, PictureFacts
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import ImageHeader, UnreadableImage

ANIMATED = ("image/gif", "image/webp")
HEIC = ("image/heic", "image/heif")
# Pixels of these spaces mean nothing without the conversion that a profile (or libvips' own) describes.
_PRINT_SPACES = ("cmyk", "lab", "labs", "labq", "lch", "cmc", "xyz")


@dataclass(frozen=True, slots=True)
class Picture:
    """A source whose header was read and found affordable."""

    path: Path
    facts: PictureFacts
    told: ImageHeader
    header: Any

    def shrunk(self, width: int, height: int) -> Any:
        """Its upright first frame at a size no larger than its own, as 8-bit sRGB pixels in memory."""
        conversion = {"output_profile": "srgb"} if _needs_conversion(self.header) else {}
        try:
            if self.facts.mime_type in HEIC:
                small = self.header.thumbnail_image(width, height=height, size="force", **conversion)
            else:
                small = pyvips.Image.thumbnail(
                    str(self.path), width, height=height, size="force", fail_on="error", **conversion
                )
                _same_loader(small, self.facts.mime_type)
            return _single(plain(small)).copy_memory()
        except pyvips.Error as error:
            raise unreadable(error, self.path) from error

    def frames(self) -> list[Any]:
        """All its frames upright, as 8-bit sRGB pixels in memory."""
        if self.facts.mime_type == "image/gif" and not reaches_its_end(self.path):
            raise UnreadableImage("The picture ends in the middle of a frame.")
        loader = getattr(pyvips.Image, LOADERS[self.facts.mime_type])
        try:
            film = loader(str(self.path), n=-1, access="sequential", fail_on="error")
            if _needs_conversion(film):
                film = film.icc_transform("srgb", embedded=True)
            film = plain(film).copy_memory()
            width, height = film.width, film.get_page_height()
            return [film.crop(0, top, width, height).autorot() for top in range(0, film.height, height)]
        except pyvips.Error as error:
            raise unreadable(error, self.path) from error


def open_picture(path: Path, mime_type: str, limits: DecodeLimits) -> Picture:
    """Check the header without any decoder, then open it with the one loader that the type allows."""
    if mime_type not in LOADERS and mime_type not in HEIC:
        raise UnreadableImage(f"There is no decoder for {mime_type} here.")
    told = check_header(path, mime_type, limits)
    forget_errors()
    header = open_heic(path) if mime_type in HEIC else _open_header(path, mime_type)
    width, height = header.width, header.get_page_height()
    if _field(header, "orientation", 1) >= 5:
        width, height = height, width
    frames = _field(header, "n-pages", 1) if mime_type in ANIMATED else 1
    return Picture(path, PictureFacts(width, height, mime_type, bool(header.hasalpha()), frames), told, header)


def plain(image: Any) -> Any:
    """Eight bits a band, grey or sRGB, with no profile left to be applied twice."""
    space = "b-w" if image.interpretation in {"b-w", "grey16"} else "srgb"
    if image.interpretation != space:
        image = image.colourspace(space)
    if image.format != "uchar":
        image = image.cast("uchar")
    if _field(image, "icc-profile-data", None) is not None:
        image = image.copy()
        image.remove("icc-profile-data")
    return image


def _single(image: Any) -> Any:
    # A page height kept from the file would cut an enlarged picture into pages.
    image = image.copy(xoffset=0, yoffset=0)
    for name in ("page-height", "n-pages"):
        image.remove(name)
    return image


def rgba(image: Any) -> bytes:
    """The pixels of a plain picture, four bytes each."""
    colours = image if image.bands >= 3 else image.colourspace("srgb")
    whole = colours if colours.hasalpha() else colours.bandjoin(255)
    return bytes(whole.cast("uchar").write_to_memory())


def unreadable(error: pyvips.Error, path: Path) -> UnreadableImage | DecoderLost:
    """What libvips said, in one line that names no path of ours."""
    said = dict.fromkeys(line.strip().replace(str(path), "picture") for line in error.detail.splitlines())
    reason = "; ".join(said).strip("; ")[:300]
    if "out of memory" in reason or "unable to allocate" in reason:
        return DecoderLost(OUT_OF_MEMORY)
    return UnreadableImage(f"The picture cannot be read: {reason or 'its data are corrupt'}.")


def _open_header(path: Path, mime_type: str) -> Any:
    try:
        return getattr(pyvips.Image, LOADERS[mime_type])(str(path), fail_on="error")
    except pyvips.Error as error:
        raise unreadable(error, path) from error


def _same_loader(image: Any, mime_type: str) -> None:
    # `thumbnail` chooses by content, and a polyglot may look different to it than to us.
    if not image.get("vips-loader").startswith(LOADERS[mime_type]):
        raise UnreadableImage(f"The picture is not the {mime_type} its first bytes promise.")


def _needs_conversion(image: Any) -> bool:
    return image.get_typeof("icc-profile-data") != 0 or image.interpretation in _PRINT_SPACES


def _field(image: Any, name: str, default: Any) -> Any:
    return image.get(name) if image.get_typeof(name) else default
