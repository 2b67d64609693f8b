"""What a decoder has spent beyond what the kernel limits: files together, threads, and CPU that it may grant itself."""

import os
import stat
from itertools import islice
from pathlib import Path

from adapters.sandbox.limits import DecoderLimits

LOOKED_EVERY = 0.25
_MOST_FILES = 1000
_BLOCK = 512
_GRACE = 2  # in which the kernel's own limit should have ended it


def cpu_of(pid: int) -> float:
    """Seconds of CPU it has had; 0 where that is not told."""
    facts = _stat(pid)
    return (int(facts[11]) + int(facts[12])) / os.sysconf("SC_CLK_TCK") if facts else 0


def overspent(pid: int, out: Path, cpu_before: float, limits: DecoderLimits) -> str:
    """What it has too much of; empty where nothing, and where the system does not tell."""
    facts = _stat(pid)
    if facts and int(facts[17]) > limits.threads:
        return f"more than {limits.threads} threads"
    if cpu_of(pid) - cpu_before > limits.cpu_seconds + _GRACE:
        return f"more than {limits.cpu_seconds} seconds of CPU time"
    try:
        with os.scandir(out) as entries:
            files = [entry.stat(follow_symlinks=False) for entry in islice(entries, _MOST_FILES + 1)]
    except OSError:
        return ""
    if len(files) > _MOST_FILES:
        return f"more than {_MOST_FILES} files"
    if _BLOCK * sum(file.st_blocks for file in (*files, *_removed_but_open(pid))) > limits.disk_bytes:
        return f"more than {limits.disk_bytes} bytes in files"
    return ""


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _removed_but_open(pid: int) -> list[os.stat_result]:
    """Files that lie in no folder any more and yet take space."""
    found = []
    try:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            facts = link.stat()
            if stat.S_ISREG(facts.st_mode) and facts.st_nlink == 0:
                found.append(facts)
    except OSError:
        pass
    return found
