"""What the operating system says, in our words."""

import errno

from domain.errors import DarkroomError, Invalid, StorageFull, Unavailable

# EFBIG: a limit on the size of files is a kind of fullness too, and goes away the same way.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def translate(error: OSError) -> DarkroomError:
    """The error a caller of the port may expect for a failed system call."""
    if error.errno in FULL:
        return StorageFull("The disk has no room left for these bytes.")
    if error.errno == errno.ENAMETOOLONG:
        return Invalid("This disk takes no name that long.")
    return Unavailable(f"The disk refuses to work: {error.strerror or error}.")
