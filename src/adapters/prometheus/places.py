"""Places in a folder that processes of one machine share: each process takes one, and who dies leaves it free.

A place is held by a lock that the kernel takes back, however a process ends. The next process takes the lowest free
place and counts on from where its predecessor stopped, so that sums never shrink and files do not pile up. Whoever
finds nobody there begins anew.
"""

import fcntl
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

_DOOR = "door.lock"
_NUMBERS = re.compile(r"(?:counter|histogram)_\d+\.db")
_FACTS = re.compile(r"facts_\d+\.(?:json|new)")


@dataclass(frozen=True, slots=True)
class Place:
    """A place that is held for as long as its lock stays open."""

    folder: Path
    number: int
    lock: int

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Leave word for whoever reads the folder."""
        fresh = self.folder / f"facts_{self.number}.new"
        fresh.write_text(json.dumps(facts))
        fresh.replace(_facts(self.folder, self.number))


def take_place(folder: Path) -> Place:
    """The lowest free place; the first process of all finds the folder emptied of what went before."""
    folder.mkdir(parents=True, exist_ok=True)
    with _door(folder):
        if not any(True for _ in taken(folder)):
            for old in (*numbers(folder), *_named(folder, _FACTS)):
                old.unlink()
        number, lock = next(
            (n, lock) for n in count() if (lock := _locked(_lock(folder, n), fcntl.LOCK_EX)) is not None
        )
        _facts(folder, number).unlink(missing_ok=True)
    return Place(folder, number, lock)


def taken(folder: Path) -> Iterator[int]:
    """The places of the living."""
    for path in sorted(folder.glob("place_*.lock")):
        lock = _locked(path, fcntl.LOCK_SH)
        if lock is None:
            yield int(path.stem.removeprefix("place_"))
        else:
            os.close(lock)


def numbers(folder: Path) -> list[Path]:
    """The files in which the living and the dead have counted; whatever else lies there is not ours."""
    return _named(folder, _NUMBERS)


def told(folder: Path) -> dict[int, dict[str, Any]]:
    """What the living say of themselves, by place."""
    said = {}
    for number in taken(folder):
        try:
            said[number] = json.loads(_facts(folder, number).read_text())
        except FileNotFoundError:
            continue  # it has only just come
    return said


@contextmanager
def _door(folder: Path) -> Iterator[None]:
    """One at a time goes in."""
    door = os.open(folder / _DOOR, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield
    finally:
        os.close(door)


def _locked(path: Path, how: int) -> int | None:
    """The open lock, or None while somebody else has it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _named(folder: Path, like: re.Pattern[str]) -> list[Path]:
    return [path for path in folder.iterdir() if like.fullmatch(path.name)]


def _lock(folder: Path, number: int) -> Path:
    return folder / f"place_{number}.lock"


def _facts(folder: Path, number: int) -> Path:
    return folder / f"facts_{number}.json"
