"""What processes use, as the kernel counts it."""

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from bench.turns import Spent

TICKS = os.sysconf("SC_CLK_TCK")
GLANCE = 0.02  # seconds between two looks at memory


def spending(root: int, work: Callable[[], object]) -> Spent:
    """What a process and all below it spend while this is done."""
    before, began = cpu_of_tree(root), time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    return Spent(seconds, cpu_of_tree(root) - before, peak_of_tree(root))


def cpu_of_tree(root: int) -> float:
    """Seconds of CPU of a process and all below it, those that have ended included."""
    return sum(sum(map(int, fields[11:15])) for fields in tree(root).values()) / TICKS


def peak_of_tree(root: int) -> float:
    """The most memory each of them ever had (MB), added up: what they share counts for each."""
    return sum(told_of(pid, "status", "VmHWM") for pid in tree(root))


def memory_of_tree(root: int) -> float:
    """The memory they have now (MB); what several share counts once."""
    return sum(told_of(pid, "smaps_rollup", "Pss") for pid in tree(root))


def told_of(pid: int, page: str, what: str) -> float:
    """One line of what the kernel tells of a process, in MB; nothing of one that has just ended."""
    try:
        told = re.search(rf"^{what}:\s+(\d+) kB", (Path("/proc") / str(pid) / page).read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(told[1]) * 1024 / 1e6 if told else 0.0


def tree(root: int) -> dict[int, list[str]]:
    """What the kernel tells of a process and of its children, theirs, and so on."""
    told = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            told[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
    family = {root}
    while found := {pid for pid, fields in told.items() if int(fields[1]) in family} - family:
        family |= found
    return {pid: told[pid] for pid in family if pid in told}


@contextmanager
def watched(root: int) -> Iterator[list[float]]:
    """Memory of a process and all below it, looked at again and again; what was seen is in the list afterwards."""
    seen, over = [memory_of_tree(root)], Event()

    def look() -> None:
        while not over.wait(GLANCE):
            seen.append(memory_of_tree(root))

    looking = Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
