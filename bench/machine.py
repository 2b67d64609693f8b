"""The machine in general words."""

import os
import platform
import re
from functools import cache
from pathlib import Path


@cache
def machine() -> str:
    """Cores, memory, processor, system."""
    gibibytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    told = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    processor = told[1].strip() if told else platform.machine()
    release = ".".join(platform.release().split(".")[:2])
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores ({processor}), {gibibytes:.0f} GiB of memory, {platform.system()} {release}"
