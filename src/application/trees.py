"""Removing folders whose shape somebody else may have chosen: as deep and as wide as they liked.

Nothing here recurses, follows a link or puts paths together, so neither depth nor length of names matters.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import count, islice
from pathlib import Path

MOST_STEPS = 2_000_000
_AT_ONCE = 1000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove_tree(path: Path, *, steps: int = MOST_STEPS) -> bool:
    """Delete this file, link or folder with everything in it; tells whether it is gone. Never raises for a disk.

    After so many steps it stops, and the rest can be removed by another call.
    """
    with suppress(OSError):
        path.unlink()
    with suppress(OSError):
        _empty(path, steps)
    with suppress(OSError):
        path.rmdir()
    return not os.path.lexists(path)


def _empty(path: Path, steps: int) -> None:
    """Whatever lies in a folder of this one moves up into this one, until no folder has anything in it."""
    top = os.open(path, _FOLDER)
    try:
        names = (f"~{number}" for number in count())
        before = -1
        # A round that removes and moves nothing would be followed by another like it.
        while before != steps > 0:
            before = steps
            for name in _some_of(top):
                steps -= _flattened(top, name, names)
    finally:
        os.close(top)


def _flattened(top: int, name: str, names: Iterator[str]) -> int:
    """Remove what this name stands for; of a folder as much as can be done at once. How many steps that was."""
    if _removed(top, name):
        return 1
    try:
        inner = _entered(top, name)
    except OSError:
        return 0
    done = 0
    try:
        for each in _some_of(inner):
            done += _removed(inner, each) or _moved(inner, each, top, next(names))
    finally:
        os.close(inner)
    return done + _removed(top, name)


def _some_of(folder: int) -> list[str]:
    with os.scandir(folder) as entries:
        return [entry.name for entry in islice(entries, _AT_ONCE)]


def _removed(folder: int, name: str) -> bool:
    """A file, a link or an empty folder."""
    for remove in (os.unlink, os.rmdir):
        with suppress(OSError):
            remove(name, dir_fd=folder)
            return True
    return False


def _moved(folder: int, name: str, top: int, new: str) -> bool:
    with suppress(OSError):
        _make_ours(folder, name)
        os.rename(name, new, src_dir_fd=folder, dst_dir_fd=top)
        return True
    return False


def _entered(folder: int, name: str) -> int:
    _make_ours(folder, name)
    return os.open(name, _FOLDER, dir_fd=folder)


def _make_ours(folder: int, name: str) -> None:
    """Give ourselves what its maker may have taken away: what is in a folder without rights cannot be removed."""
    facts = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not stat.S_ISDIR(facts.st_mode) or stat.S_IMODE(facts.st_mode) & stat.S_IRWXU == stat.S_IRWXU:
        return
    if hasattr(os, "O_PATH"):
        place = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            Path(f"/proc/self/fd/{place}").chmod(stat.S_IRWXU)
        finally:
            os.close(place)
