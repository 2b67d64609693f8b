"""The file that says whether a backup came to its end, and what it holds."""

import json
import os
import stat
from dataclasses import asdict
from pathlib import Path

from application.ports.backup_folder import BackupFacts

LARGEST = 1 << 16


def write_mark(path: Path, facts: BackupFacts) -> None:
    """In place of the one before, at once; the folder is left to be made durable."""
    told = {"complete": True, **asdict(facts), "taken_at": facts.taken_at.isoformat()}
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as file:
        file.write(f"{json.dumps(told, indent=2)}\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def is_complete(path: Path) -> bool:
    """Whether it says so; whatever else lies there does not."""
    try:
        told = json.loads(_read(path))
    except (FileNotFoundError, NotADirectoryError, ValueError, RecursionError):
        return False
    return isinstance(told, dict) and told.get("complete") is True


def _read(path: Path) -> bytes:
    # A pipe would be waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return os.read(descriptor, LARGEST) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)
