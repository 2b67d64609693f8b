"""Darkroom's own processes, as an operator runs them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.servers import http
from tests.servers.process import completed, started

PROGRAM = (sys.executable, "-m", "entrypoints.cli")
SOURCES = Path(__file__).resolve().parents[3] / "src"
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": str(SOURCES), "PYTHONUNBUFFERED": "1", **settings}


def darkroom(*arguments: str, settings: Mapping[str, str], folder: Path, stdin: str = "") -> str:
    """Run a command to its end and give back what it printed."""
    done = completed([*PROGRAM, *arguments], seconds=PATIENCE, cwd=folder, env=environment(settings), input=stdin)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def process(*arguments: str, settings: Mapping[str, str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running command, asked to stop at the end and expected to do so in good order."""
    name = "-".join(arguments) or "up"
    with (folder / f"{name}.log").open("ab") as log:
        child = started(
            [*PROGRAM, *arguments],
            cwd=folder,
            env=environment(settings),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield child
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE) == 0, (folder / f"{name}.log").read_text()
            assert not alive_in_group(child.pid), "the program left processes behind"
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()


def alive_in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_ready(url: str, child: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert child.poll() is None, log.read_text()
        try:
            if http.get(f"{url}/health/ready", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not ready after {PATIENCE} s:\n{log.read_text()}")
