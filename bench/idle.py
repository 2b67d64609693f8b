"""A worker with nothing to do: the share of one core it takes, on SQLite and on PostgreSQL, both at the same time."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import cpu_of_tree, peak_of_tree
from bench.telling import skip, tell
from bench.turns import Spent
from tests.integration.stories.running import darkroom, process
from tests.servers.keep import kept
from tests.servers.needs import POSTGRES

MOST = 0.5  # per cent of a core
READY, PATIENCE = "Worker | ready", 60.0
SETTLING = 10.0  # seconds for what it does at its start: its rounds, a first sweep
SECONDS = 40.0


def main() -> int:
    """Start both and wait."""
    with ExitStack() as running:
        folder = Path(running.enter_context(TemporaryDirectory()))
        settings = {"SQLite": {"DATA_DIR": f"{folder}/data"}}
        if why := POSTGRES.absence():
            skip("idle, PostgreSQL", why)
        else:
            url = POSTGRES.brought or running.enter_context(kept("postgres"))
            settings["PostgreSQL"] = {"DATA_DIR": f"{folder}/other", "DATABASE_URL": url}
        workers = {name: running.enter_context(worker(each, folder / name)) for name, each in settings.items()}
        time.sleep(SETTLING)
        spent = idling(workers)
    missed = 0
    for name, each in spent.items():
        percent = each.cpu / each.wall * 100
        title = f"worker, limit {MOST} %"
        rows, ratio = {title: [percent]}, percent / MOST
        missed |= tell(f"idle, {name}", "% of a core", rows, ratio=ratio, target=1.0, spent={title: each})
    return missed


@contextmanager
def worker(settings: dict[str, str], folder: Path) -> Iterator[int]:
    """Its process."""
    folder.mkdir()
    darkroom("migrate", settings=settings, folder=folder)
    with process("worker", settings=settings, folder=folder) as child:
        deadline = time.monotonic() + PATIENCE
        while READY not in (folder / "worker.log").read_text():
            if time.monotonic() > deadline:
                raise TimeoutError(f"no worker after {PATIENCE:.0f} s")
            time.sleep(0.1)
        yield child.pid


def idling(workers: dict[str, int]) -> dict[str, Spent]:
    """What they spend on waiting."""
    before = {name: cpu_of_tree(pid) for name, pid in workers.items()}
    began = time.perf_counter()
    time.sleep(SECONDS)
    seconds = time.perf_counter() - began
    return {name: Spent(seconds, cpu_of_tree(pid) - before[name], peak_of_tree(pid)) for name, pid in workers.items()}


if __name__ == "__main__":
    sys.exit(main())
