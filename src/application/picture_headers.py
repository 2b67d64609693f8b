"""The look at a picture that every engine takes before any decoder sees it."""

from pathlib import Path

from domain.exif import without_gps
from domain.image_headers.budget import DecodeLimits, check_budget
from domain.image_headers.header import ImageHeader, UnreadableImage
from domain.image_headers.reading import read_header_from
from domain.sniffing import SNIFF_BYTES, sniff


def check_header(path: Path, mime_type: str, limits: DecodeLimits) -> ImageHeader:
    """Read the header ourselves; `UnreadableImage` or `ImageTooBig` when it is of another type, damaged or too big."""
    with path.open("rb") as file:
        if sniff(file.read(SNIFF_BYTES)).mime != mime_type:
            raise UnreadableImage(f"The picture is not the {mime_type} it should be.")

        def read(at: int, length: int) -> bytes:
            file.seek(at)
            return file.read(length)

        header = read_header_from(read)
    if header is None:
        raise UnreadableImage("The picture has no header we can read.")
    check_budget(header, limits)
    return header


def camera_of(header: ImageHeader) -> bytes | None:
    """The EXIF block that a variant may carry: the camera and the moment, never the place; None where there is none."""
    return without_gps(header.exif) if header.exif else None
