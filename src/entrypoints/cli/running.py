"""Running until stopped."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from domain.errors import DarkroomError
from entrypoints.cli.installation import read_settings
from entrypoints.cli.speech import failure, first_password, ready
from entrypoints.program import Program
from entrypoints.refusals import CannotStart
from entrypoints.stopping import Stop


def run_up(**chosen: object) -> None:
    """API and worker."""
    _run(lambda program: program.up(ready, first_password), chosen)


def run_serve(**chosen: object) -> None:
    """The API."""
    _run(lambda program: program.serve(ready, first_password), chosen)


def run_worker(**chosen: object) -> None:
    """A worker."""
    _run(lambda program: program.work(), chosen)


def _run(what: Callable[[Program], Awaitable[None]], chosen: dict[str, object]) -> None:
    settings = read_settings(**chosen)

    async def run() -> None:
        stop = Stop()
        with stop.on_signals():
            await what(Program(settings, stop))

    try:
        asyncio.run(run())
    except ExceptionGroup as group:
        refused, unexpected = group.split((DarkroomError, CannotStart))
        if refused is None or unexpected is not None:
            raise
        failure(str(_first(refused)))


def _first(group: ExceptionGroup[Any]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, ExceptionGroup) else error
