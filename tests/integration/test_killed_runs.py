"""Of a test run that is killed with SIGKILL, no program stays: neither ours with their decoders, nor a server."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.faults.places import descendants
from tests.servers.needs import REDIS
from tests.servers.process import started

SECONDS = 60
# A run with everything that tests start: Darkroom in both ways, children of other kinds, a server that is kept.
RUN = """
import os, time
from pathlib import Path

from tests.integration.faults.odd_program import BROOD
from tests.integration.faults.places import ODD_PROGRAM, QUICK_VARIANTS, furnish, on_a_laptop, until
from tests.integration.stories.running import free_port, process
from tests.servers.keep import kept
from tests.servers.process import ending_with_us
from tests.unit.adapters.claimers import SPAWN
from concurrent.futures import ProcessPoolExecutor


def test_for_ever(tmp_path):
    place = on_a_laptop(tmp_path)
    furnish(place, QUICK_VARIANTS)
    (tmp_path / "other").mkdir()
    elsewhere = {"DATA_DIR": str(tmp_path / "other"), "PORT": str(free_port())}
    with (
        place.api(),
        place.worker(),
        place.started(BROOD, program=ODD_PROGRAM, PORT=str(free_port())) as brood,
        process("up", settings=elsewhere, folder=tmp_path / "other"),
        kept("redis"),
        ProcessPoolExecutor(1, SPAWN, ending_with_us()) as pool,
    ):
        place.until_settled(place.uploaded())
        brood.stdin.write(b"\\n")
        brood.stdin.flush()
        pool.submit(os.getpid).result()
        until(lambda: "ready" in (tmp_path / "other" / "up.log").read_text())
        Path(os.environ["READY"]).touch()
        time.sleep(600)
"""


@pytest.fixture(params=[(), ("-n", "1")], ids=["alone", "side by side"])
def run(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[int, Path]]:
    """The process of a test run, and the file it makes when all programs are there."""
    if REDIS.why_missing():
        pytest.skip("needs a redis-server of its own")
    test, ready, log = tmp_path / "test_run.py", tmp_path / "ready", tmp_path / "log"
    test.write_text(RUN)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", str(test)]
    with log.open("wb") as output:
        child = started(
            [*command, *request.param, f"--basetemp={tmp_path / 'temp'}"],
            cwd=ROOT,
            env={**os.environ, "READY": str(ready), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            stdout=output,
            stderr=output,
        )
    try:
        deadline = time.monotonic() + SECONDS
        while not ready.exists():
            assert child.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield child.pid, log
    finally:
        child.kill()
        child.wait()


def command_lines(pids: list[int]) -> dict[tuple[int, str], str]:
    """The command of each process that lives, by what names it for ever: its number and its start."""
    found = {}
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            if after_name[0] != "Z":
                command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                found[pid, after_name[19]] = command
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel must do it")
def test_nothing_stays_of_a_run_that_is_killed(run: tuple[int, Path]) -> None:
    pid, log = run
    before = command_lines(descendants(pid))
    kinds = ("entrypoints.cli serve", "entrypoints.cli worker", "entrypoints.cli up", "odd_program", "sandbox", "redis")
    for kind in (*kinds, "multiprocessing", "tests.servers.keep"):
        assert [line for line in before.values() if kind in line], (kind, before, log.read_text())
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while left := command_lines([pid for pid, _ in before]).items() & before.items():
        assert time.monotonic() < deadline, left
        time.sleep(0.05)
