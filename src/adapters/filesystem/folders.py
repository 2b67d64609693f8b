"""The folders below a root, entered one by one so that no symlink is ever followed."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

INSIDE = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


@contextmanager
def opened(root: Path, names: Sequence[str], *, create: bool = False) -> Iterator[int]:
    """The descriptor of root/names…; whatever is made on the way is durable."""
    if create:
        root.mkdir(parents=True, exist_ok=True)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name in names:
            if create:
                _make(name, folder)
            inner = os.open(name, INSIDE, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def tidy(root: Path, names: Sequence[str]) -> None:
    """Remove root/names… and its parents while they are empty; a put that loses its folder makes it again."""
    with suppress(OSError):
        for depth in range(len(names) - 1, -1, -1):
            with opened(root, names[:depth]) as parent:
                os.rmdir(names[depth], dir_fd=parent)


def _make(name: str, folder: int) -> None:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        return
    os.fsync(folder)
