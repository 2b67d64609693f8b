"""Passwords as argon2id hashes."""

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from passlib.hash import argon2

T = TypeVar("T")

# One core is left to everybody else; and each hash at work takes 19 MiB.
AT_ONCE = min(4, max(1, (os.cpu_count() or 1) - 1))
NICENESS = 10


class Argon2Passwords:
    """Argon2id in threads of its own, which stand back for others: a crowd signing in holds up nobody else."""

    def __init__(self, *, memory_kib: int = 19_456, rounds: int = 2, at_once: int = AT_ONCE) -> None:
        self._hasher = argon2.using(type="ID", memory_cost=memory_kib, rounds=rounds, parallelism=1)
        self._decoy: str | None = None
        self._threads = ThreadPoolExecutor(at_once, "passwords", _stand_back)

    async def hash(self, password: str) -> str:
        """A salted hash that tells its own parameters."""
        hashed: str = await self._in_turn(partial(self._hasher.hash, password))
        return hashed

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they belong together; an account that is unknown, or has no password, costs the same."""
        if self._decoy is None:
            self._decoy = await self.hash("nobody's password")
        known = hashed if hashed is not None and self._hasher.identify(hashed) else None
        matches = await self._in_turn(partial(_verify, self._hasher, password, known or self._decoy))
        return matches and known is not None

    def outdated(self, hashed: str) -> bool:
        """Whether a hash was made with weaker parameters than today's."""
        return bool(self._hasher.needs_update(hashed))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


def _stand_back() -> None:
    if sys.platform == "linux":  # where a thread has a priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _verify(hasher: Any, password: str, hashed: str) -> bool:
    try:
        return bool(hasher.verify(password, hashed))
    except ValueError:
        return False
