"""Where the client library keeps its numbers: in this process, or in files that all processes of a machine add up.

The library chooses by the environment at its import, which is neither typed nor ours to time; so we choose, before
the first metric is made. Its files are told where to go by the environment alone.
"""

import os
from pathlib import Path

import prometheus_client
from prometheus_client import values

from adapters.prometheus.places import Place

# Room on the disk taken beforehand: a page of a mapped file that cannot be written ends the process.
_ROOM = {"counter": 1 << 20, "histogram": 4 << 20}


def keep_in_process() -> None:
    """Numbers made from now on are this process's alone."""
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    values.ValueClass = values.MutexValue


def keep_in_files(place: Place) -> None:
    """Numbers made from now on go on from what the files of this place hold."""
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    for kind, size in _ROOM.items():
        _reserve(place.folder / f"{kind}_{place.number}.db", size)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place.folder)
    values.ValueClass = values.MultiProcessValue(lambda: place.number)  # type: ignore[no-untyped-call]


def _reserve(path: Path, size: int) -> None:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.posix_fallocate(file, 0, size)
    finally:
        os.close(file)
