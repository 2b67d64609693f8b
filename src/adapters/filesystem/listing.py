"""Walking a store in the order of its keys."""

import logging
import os
import stat
from collections.abc import Iterator
from heapq import nsmallest
from pathlib import Path

from adapters.filesystem.folders import opened
from domain.blob_keys import LONGEST_KEY

_log = logging.getLogger(__name__)
PAGE = 20_000
LOOKED_AT = 500
"""What a disk tells of a file takes many times the memory of its name."""


def walk(root: Path, prefix: str, hidden: str) -> Iterator[tuple[str, os.stat_result]]:
    """Keys and facts of the files below root whose key begins with the prefix, but for the hidden folder.

    Folders so deep that no key leads to what is in them are left out, and a warning says so.
    """
    folder, _, beginning = prefix.rpartition("/")
    names = folder.split("/") if folder else []
    if names[:1] == [hidden]:
        return
    # Each folder on the way stands for itself: calls that nest as deep as folders do would end at Python's limit.
    way = [_entries(root, names, beginning)]
    while way:
        found = next(way[-1], None)
        if found is None:
            way.pop()
            continue
        inside, label, facts = found
        key = "/".join([*inside, label])
        if facts is not None:
            yield key, facts
        elif len(os.fsencode(key)) > LONGEST_KEY:
            _log.warning("not looked into: a folder below %r is deeper than keys are long", "/".join(inside[:3]))
        elif inside or label != f"{hidden}/":
            way.append(_entries(root, [*inside, label[:-1]], ""))


def _entries(root: Path, names: list[str], beginning: str) -> Iterator[tuple[list[str], str, os.stat_result | None]]:
    # A folder may hold more names than we want in memory: take the next page of the smallest ones, as often as
    # needed. Folders sort with their slash, since that is how their keys do.
    last: str | None = ""
    while last is not None:
        page = _page(root, names, beginning, last)
        last = page[-1] if len(page) == PAGE else None
        for first in range(0, len(page), LOOKED_AT):
            for label, facts in _looked_at(root, names, page[first : first + LOOKED_AT]):
                yield names, label, facts


def _page(root: Path, names: list[str], beginning: str, last: str) -> list[str]:
    try:
        with opened(root, names) as folder, os.scandir(folder) as entries:
            labels = (label for label in map(_label, entries) if label > last and label.startswith(beginning))
            return nsmallest(PAGE, labels)
    except (FileNotFoundError, NotADirectoryError):
        return []  # removed since we saw its name


def _looked_at(root: Path, names: list[str], labels: list[str]) -> list[tuple[str, os.stat_result | None]]:
    try:
        with opened(root, names) as folder:
            return [(label, facts) for label in labels for facts in _facts(label, folder)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _label(entry: "os.DirEntry[str]") -> str:
    return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name


def _facts(label: str, folder: int) -> Iterator[os.stat_result | None]:
    if label.endswith("/"):
        yield None
        return
    try:
        facts = os.stat(label, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if stat.S_ISREG(facts.st_mode):
        yield facts
