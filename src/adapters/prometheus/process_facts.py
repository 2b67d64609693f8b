"""What a process says of itself, as /proc tells it."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import time
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_LABELS = ("program", "process")
_GAUGES = {
    "process_resident_memory_bytes": "Memory in RAM, decoders not included.",
    "process_virtual_memory_bytes": "Address space.",
    "process_open_fds": "Open file descriptors.",
    "process_max_fds": "How many file descriptors may be open.",
    "process_threads": "Threads.",
    "process_start_time_seconds": "When it started, in seconds since 1970.",
}


def own_facts(program: str) -> dict[str, Any]:
    """Of this process, now; only `program` where there is no /proc."""
    try:
        stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        booted = time() - float(Path("/proc/uptime").read_text().split()[0])
        return {
            "program": program,
            "process_cpu_seconds": (int(stat[11]) + int(stat[12])) / _TICKS,
            "process_resident_memory_bytes": int(stat[21]) * _PAGE,
            "process_virtual_memory_bytes": int(stat[20]),
            "process_threads": int(stat[17]),
            "process_start_time_seconds": booted + int(stat[19]) / _TICKS,
            "process_open_fds": sum(1 for _ in Path("/proc/self/fd").iterdir()),
            "process_max_fds": os.sysconf("SC_OPEN_MAX"),
        }
    except OSError:
        return {"program": program}


def families(facts: Mapping[int, Mapping[str, Any]]) -> Iterator[Metric]:
    """The facts of processes by place, for the page."""
    cpu = CounterMetricFamily("process_cpu_seconds", "CPU time spent, decoders not included.", labels=_LABELS)
    _fill(cpu, "process_cpu_seconds", facts)
    yield cpu
    for name, documentation in _GAUGES.items():
        gauge = GaugeMetricFamily(name, documentation, labels=_LABELS)
        _fill(gauge, name, facts)
        yield gauge


def _fill(family: CounterMetricFamily | GaugeMetricFamily, name: str, facts: Mapping[int, Mapping[str, Any]]) -> None:
    for number, said in facts.items():
        if name in said:
            family.add_metric([said["program"], str(number)], said[name])
