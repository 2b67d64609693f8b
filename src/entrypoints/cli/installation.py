"""An installation at hand: what commands work on that need no running service."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from domain.access import EVERYTHING, Permission, Role, UserCaller
from domain.errors import Invalid
from domain.pages import LARGEST_PAGE, PageRequest
from domain.projects import Project, ProjectMissing
from entrypoints.cli.interrupts import interruptible
from entrypoints.logs import configure_logs
from entrypoints.settings import Settings, load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import Opened, opened

T = TypeVar("T")

# Whoever may run commands beside the database may do everything.
OPERATOR = UserCaller(UUID(int=0), "operator", Role.SU, frozenset(Permission))


def read_settings(**chosen: object) -> Settings:
    """The settings, with the logs set up as they say; what was chosen on the command line (not None) goes first."""
    settings = load_settings(**{name: value for name, value in chosen.items() if value is not None})
    configure_logs(settings.log_format, settings.log_level)
    return settings


def on_the_spot(work: Callable[[Darkroom], Awaitable[T]], data_dir: Path | None = None) -> T:
    """Do something with the database, the blobs and the signals of the installation at hand."""
    room = installed(data_dir)

    async def run() -> T:
        async with opened(room.database().held):
            # Before anything else that needs it complains in words of its own.
            await room.database().store.check()
            async with opened(_held(room)):
                return await work(room)

    return run_to_the_end(run())


def installed(data_dir: Path | None = None) -> Darkroom:
    """The installation that the settings describe, with its folder where the command line says."""
    return Darkroom(settings=read_settings(DATA_DIR=data_dir))


def run_to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Run it; Ctrl-C cancels it and, once everything is closed, goes on as KeyboardInterrupt."""
    with interruptible():
        return asyncio.run(work)


def _held(room: Darkroom) -> list[Opened]:
    redis = room.redis()
    signals = [*(redis.held if redis else ()), *room.carrier().held]
    return [*room.blobs().held, *signals]


async def find_project(room: Darkroom, named: str) -> Project:
    """The project with this id or slug that is not in the bin; `ProjectMissing`, or `Invalid` for a slug of several."""
    with suppress(ValueError):
        project: Project | None = await room.database().projects.get(EVERYTHING, UUID(named))
        if project is not None and project.open:
            return project
    # One that is made meanwhile moves the pages on, and with them a project to the next one.
    found = {project.id: project async for project in every_project(room) if project.slug == named}
    if not found:
        raise ProjectMissing(f"there is no project {named}; 'darkroom projects list' shows those there are")
    if len(found) > 1:
        ids = ", ".join(map(str, found))
        raise Invalid(f"{len(found)} projects have the slug {named}; name one by its id: {ids}")
    return next(iter(found.values()))


async def every_project(room: Darkroom) -> AsyncIterator[Project]:
    """All that are not in the bin, the newest first."""
    number = 1
    while True:
        page = await room.database().projects.page(EVERYTHING, PageRequest(number, LARGEST_PAGE))
        for project in page.items:
            yield project
        if number >= page.pages:
            return
        number += 1
