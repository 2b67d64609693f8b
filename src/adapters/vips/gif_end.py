"""Whether a GIF's blocks are whole: libvips shows what there is of a frame that was cut off, and says nothing."""

import mmap
from pathlib import Path

_IMAGE, _EXTENSION = 0x2C, 0x21


def reaches_its_end(path: Path) -> bool:
    """Walk from block to block; a missing end mark is forgiven, a block that stops in the middle is not."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        try:
            at = 13 + _table(data[10])
            while at < len(data) and data[at] in {_IMAGE, _EXTENSION}:
                at += 2 if data[at] == _EXTENSION else 11 + _table(data[at + 9])
                while size := data[at]:
                    at += size + 1
                at += 1
        except IndexError:
            return False
    return True


def _table(flags: int) -> int:
    return 6 << (flags & 7) if flags & 0x80 else 0
