"""Programs in the foreground that end when we do, and say why when they do not start."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

PR_SET_PDEATHSIG = 1
STOP_SECONDS = 10.0
LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class ServerDidNotStart(Exception):
    """A throwaway server gave up; the message holds the end of its log."""


class Program:
    """One server process; leaving the block stops it."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        stop: signal.Signals = signal.SIGTERM,
        user: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.argv, self.log, self.stop, self.user, self.env = list(argv), log, stop, user, env

    def __enter__(self) -> Self:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.log.parent,
                env=self.env,
                user=self.user,
                extra_groups=None if self.user is None else [],
                # The change of user would clear it, so it is asked for after that.
                preexec_fn=ending_with_us(self.stop),
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.send_signal(self.stop)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait_until(self, ready: Callable[[], bool], seconds: float = 60.0) -> None:
        """Return once ready() is true; raise when the program ends first or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise ServerDidNotStart(f"{Path(self.argv[0]).name} did not start:\n{tail(self.log)}")
            time.sleep(0.03)


def run(
    argv: Sequence[str], *, user: str | None = None, env: Mapping[str, str] | None = None, seconds: float = 60.0
) -> str:
    """Run one command to its end and give its output."""
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=seconds,
            cwd="/",
            env=env,
            user=user,
            extra_groups=None if user is None else [],
            preexec_fn=ending_with_us(),
        )
    except subprocess.TimeoutExpired as late:
        raise ServerDidNotStart(f"{argv[0]} took longer than {seconds:.0f} s") from late
    if done.returncode != 0:
        raise ServerDidNotStart(f"{argv[0]} ended with {done.returncode}:\n{done.stdout[-2000:]}")
    return done.stdout


def started(argv: Sequence[str], **options: Any) -> "subprocess.Popen[Any]":
    """`subprocess.Popen` for tests: the program is killed when the thread that starts it ends, however that happens."""
    return subprocess.Popen(argv, preexec_fn=ending_with_us(), **options)


def completed(
    argv: Sequence[str], *, seconds: float = 60.0, check: bool = False, **options: Any
) -> "subprocess.CompletedProcess[str]":
    """`subprocess.run` for tests: what a command printed and how it ended, within so many seconds."""
    return subprocess.run(
        argv,
        check=check,
        capture_output=True,
        text=True,
        timeout=seconds,
        preexec_fn=ending_with_us(),
        **options,
    )


def ending_with_us(with_signal: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """The `preexec_fn` or initializer of a child that is to get this signal when the thread that starts it ends.

    The kernel sends it (Linux only), so it arrives after `kill -9` too. Children of the child do not inherit it.
    """
    return partial(end_with, os.getpid(), with_signal)


def end_with(parent: int, with_signal: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to signal this process when its parent ends; one whose parent has ended already ends at once."""
    if LIBC is not None:
        LIBC.prctl(PR_SET_PDEATHSIG, int(with_signal))
        if os.getppid() != parent:
            os._exit(1)


def tail(log: Path, characters: int = 2000) -> str:
    return log.read_text(errors="replace")[-characters:] if log.exists() else "(no log)"


def am_root() -> bool:
    return os.geteuid() == 0
