"""An installation at hand: what commands work on that need no running service."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from domain.access import Permission, Role, UserCaller
from entrypoints.logs import configure_logs
from entrypoints.settings import Settings, load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import Opened, opened

T = TypeVar("T")

# Whoever may run commands beside the database may do everything.
OPERATOR = UserCaller(UUID(int=0), "operator", Role.SU, frozenset(Permission))


def read_settings(**chosen: str) -> Settings:
    """The settings, with the logs set up as they say; what was chosen on the command line goes first."""
    settings = load_settings(**chosen)
    configure_logs(settings.log_format, settings.log_level)
    return settings


def on_the_spot(work: Callable[[Darkroom], Awaitable[T]]) -> T:
    """Do something with the database, the blobs and the signals of the installation at hand."""
    room = Darkroom(settings=read_settings())

    async def run() -> T:
        async with opened(room.database().held):
            # Before anything else that needs it complains in words of its own.
            await room.database().store.check()
            async with opened(_held(room)):
                return await work(room)

    return asyncio.run(run())


def _held(room: Darkroom) -> list[Opened]:
    redis = room.redis()
    signals = [*(redis.held if redis else ()), *room.carrier().held]
    return [*room.blobs().held, *signals]
