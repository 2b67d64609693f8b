"""Whether a JPEG reaches its end: ImageMagick fills what is missing with grey and says nothing."""

import mmap
import re
from pathlib import Path

_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_ALONE = {0x01, *range(0xD0, 0xD9)}
# Within a scan, FF 00 is a byte of data and FF D0 … D7 only mark restarts.
_NEXT_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)


def reaches_its_end(path: Path) -> bool:
    """Walk from marker to marker until the end of the image, or of the file."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 2
        while (found := _NEXT_MARKER.search(data, at)) is not None:
            marker, at = found[1][0], found.end()
            if marker == _END_OF_IMAGE:
                return True
            if marker not in _ALONE:
                at += int.from_bytes(data[at : at + 2], "big")
    return False
