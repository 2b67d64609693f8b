"""Walking a store in the order of its keys."""

import os
import stat
from collections.abc import Iterator
from heapq import nsmallest
from pathlib import Path

from adapters.filesystem.folders import opened

PAGE = 20_000


def walk(root: Path, prefix: str, hidden: str) -> Iterator[tuple[str, os.stat_result]]:
    """Keys and facts of the files below root whose key begins with the prefix, but for the hidden folder."""
    folder, _, beginning = prefix.rpartition("/")
    names = folder.split("/") if folder else []
    if names[:1] != [hidden]:
        yield from _below(root, names, beginning, hidden)


def _below(root: Path, names: list[str], beginning: str, hidden: str) -> Iterator[tuple[str, os.stat_result]]:
    # A folder may hold more names than we want in memory: take the next page of the smallest ones, as often as
    # needed. Folders sort with their slash, since that is how their keys do.
    last: str | None = ""
    while last is not None:
        page, last = _page(root, names, beginning, last)
        for label, facts in page:
            if facts is not None:
                yield "/".join([*names, label]), facts
            elif names or label != f"{hidden}/":
                yield from _below(root, [*names, label[:-1]], "", hidden)


def _page(
    root: Path, names: list[str], beginning: str, last: str
) -> tuple[list[tuple[str, os.stat_result | None]], str | None]:
    try:
        with opened(root, names) as folder:
            with os.scandir(folder) as entries:
                labels = (label for label in map(_label, entries) if label > last and label.startswith(beginning))
                chosen = nsmallest(PAGE, labels)
            page = [(label, facts) for label in chosen for facts in _facts(label, folder)]
    except (FileNotFoundError, NotADirectoryError):
        return [], None  # removed since we saw its name
    return page, chosen[-1] if len(chosen) == PAGE else None


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
