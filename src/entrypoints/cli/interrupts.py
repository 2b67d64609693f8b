"""Ctrl-C: no traceback at any moment, and exit code 130 wherever work is given up."""

import atexit
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from entrypoints.cli.main import INTERRUPTED

_Handler = Callable[[int, FrameType | None], object] | signal.Handlers


def quit_at_once() -> None:
    """From now on, Ctrl-C ends the process where it is.

    For the time in which modules load and nothing is open. A KeyboardInterrupt would not do: Python drops one that is
    raised in a callback of its own, and prints it.
    """
    _on_interrupt(lambda *_: os._exit(INTERRUPTED))


def ignored_at_exit() -> None:
    """Once Python takes itself apart, Ctrl-C does nothing; by default it would still kill, and hide the exit code."""
    atexit.register(_on_interrupt, signal.SIG_IGN)


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, Ctrl-C raises KeyboardInterrupt, so that what is open gets closed; `asyncio.run` cancels its task."""
    _on_interrupt(signal.default_int_handler)
    try:
        yield
    finally:
        quit_at_once()


def _on_interrupt(handler: _Handler) -> None:
    # A shell that runs us in the background of a script has SIGINT ignored, and that is to stay.
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handler)
