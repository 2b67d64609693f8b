"""Ctrl-C at any moment: no traceback, and nothing is left running."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.servers.process import completed, ending_with_us

pytestmark = pytest.mark.slow

PATIENCE = 60
INTERRUPTED = 130
MOMENTS = [6, pytest.param(40, marks=pytest.mark.soak)]
EARLY = (-signal.SIGINT, 1)
"""Until Python has come to our first line, Ctrl-C is its own affair, and it shows no file of ours."""
READY = "Darkroom is ready at"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def interruptible() -> Callable[[], None]:
    """A shell that starts the tests in the background has the signal ignored; and the program ends with the tests."""
    end_with_us = ending_with_us()

    def prepare() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        end_with_us()

    return prepare


class Run:
    """A program of ours, with what it says."""

    def __init__(self, folder: Path, *words: str, stdin: Any = subprocess.DEVNULL, **settings: str) -> None:
        self.folder = folder
        self.log = folder / "said"
        with self.log.open("wb") as log:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "entrypoints.cli", *words],
                env={"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **settings},
                cwd=folder,
                stdin=stdin,
                stdout=log,
                stderr=log,
                preexec_fn=interruptible(),
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def until(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while words not in self.said:
            assert self.child.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.01)

    def interrupt(self) -> float:
        """Ctrl-C; how many seconds it takes to end."""
        asked = time.monotonic()
        self.child.send_signal(signal.SIGINT)
        self.child.wait(PATIENCE)
        return time.monotonic() - asked

    def check(self, *codes: int) -> None:
        """It ended with one of these codes, quietly, and left no process in its folder."""
        assert self.child.returncode in codes, (self.child.returncode, self.said)
        loud = r'File ".*/entrypoints/|Exception ignored' if self.child.returncode in EARLY else "Traceback|ignored"
        assert not re.search(loud, self.said), self.said
        deadline = time.monotonic() + 5
        while left := processes_in(self.folder):
            assert time.monotonic() < deadline, left
            time.sleep(0.05)


def processes_in(folder: Path) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink().is_relative_to(folder):
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path / "data"), "PORT": str(free_port()), "LOG_LEVEL": "error"}


@pytest.fixture
def start_takes(tmp_path: Path, settings: dict[str, str]) -> float:
    """Seconds until it is ready, here and now, after the very first time."""
    for _ in range(2):
        began = time.monotonic()
        run = Run(tmp_path, "up", **settings)
        run.until(READY)
        took = time.monotonic() - began
        run.interrupt()
        run.check(0)
    return took


@pytest.mark.parametrize("moments", MOMENTS)
def test_at_any_moment_of_a_start(tmp_path: Path, settings: dict[str, str], start_takes: float, moments: int) -> None:
    for moment in range(moments):
        run = Run(tmp_path, "up", **settings)
        time.sleep(start_takes * moment / (moments - 1))
        assert run.interrupt() < 10
        run.check(0, INTERRUPTED, *EARLY)


@pytest.mark.parametrize("command", ["up", "serve", "worker"])
def test_while_the_database_is_waited_for(tmp_path: Path, settings: dict[str, str], command: str) -> None:
    away = {"DATABASE_URL": f"postgresql://me@127.0.0.1:{free_port()}/nothing", "LOG_LEVEL": "info"}
    run = Run(tmp_path, command, **{**settings, **away})
    run.until("waiting for the database")
    assert run.interrupt() < 5
    run.check(0)


def test_again_and_again(tmp_path: Path, settings: dict[str, str]) -> None:
    run = Run(tmp_path, "up", **settings)
    run.until(READY)
    while run.child.poll() is None:
        run.child.send_signal(signal.SIGINT)
        time.sleep(0.002)
    run.check(0, INTERRUPTED)


@pytest.mark.parametrize("words", [["migrate"], ["doctor"], ["jobs", "list"]])
def test_at_any_moment_of_a_command(tmp_path: Path, settings: dict[str, str], words: list[str]) -> None:
    began = time.monotonic()
    whole = Run(tmp_path, *words, **settings)
    whole.child.wait(PATIENCE)
    takes = time.monotonic() - began
    for part in (0.4, 0.8):
        run = Run(tmp_path, *words, **settings)
        time.sleep(takes * part)
        assert run.interrupt() < 10
        run.check(whole.child.returncode, INTERRUPTED, *EARLY)


@pytest.mark.parametrize(
    ("words", "question"),
    [
        (["create-superuser"], "Username"),
        (["create-superuser", "--username", "riz"], "Password"),
        (["reset"], "Forget everything"),
    ],
)
def test_at_a_question(tmp_path: Path, settings: dict[str, str], words: list[str], question: str) -> None:
    migrate = [sys.executable, "-m", "entrypoints.cli", "migrate"]
    completed(migrate, env={"PYTHONPATH": str(ROOT / "src"), **settings}, cwd=tmp_path, check=True)
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover
        os.chdir(tmp_path)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        environment = {"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"], "TERM": "dumb", **settings}
        os.execve(sys.executable, [sys.executable, "-m", "entrypoints.cli", *words], environment)
    said = b""
    try:
        while question.encode() not in said:
            said += os.read(terminal, 1000)
        os.write(terminal, b"\x03")
        while True:
            if select.select([terminal], [], [], 5)[0]:
                said += os.read(terminal, 1000)
            else:
                # One that came between Python's last look and its reading is seen at the next key.
                os.write(terminal, b"\x03")
    except OSError:
        pass  # the other end is closed
    finally:
        os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == INTERRUPTED, said
    assert b"Traceback" not in said


class Deaf(BaseHTTPRequestHandler):
    """Says that it is there, and notes by whom it was asked."""

    def do_GET(self) -> None:
        self.server.asked.set()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def deaf_server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Deaf) as server:
        server.asked = threading.Event()  # type: ignore[attr-defined]
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield server
        finally:
            server.shutdown()
            serving.join()


def test_while_a_large_file_is_read(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(1 << 40)
    with deaf_server() as server:
        words = ("upload", "large", "--url", f"http://127.0.0.1:{server.server_port}", "--key", "dk_x")
        run = Run(tmp_path, *words)
        assert server.asked.wait(PATIENCE)  # type: ignore[attr-defined]
        time.sleep(0.3)
        assert run.interrupt() < 5
    run.check(INTERRUPTED)


def test_while_a_server_does_not_answer(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(1 << 40)
    url = f"http://127.0.0.1:{free_port()}"
    run = Run(tmp_path, "upload", "large", "--url", url, "--key", "dk_x")
    run.until(f"{url} does not answer")
    assert run.interrupt() < 5
    run.check(INTERRUPTED)
