"""Passwords as argon2id hashes."""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from passlib.hash import argon2

T = TypeVar("T")


class Argon2Passwords:
    """Argon2id in threads of its own, so that a crowd signing in holds up nobody else."""

    def __init__(self, *, memory_kib: int = 19_456, rounds: int = 2, at_once: int = 2) -> None:
        self._hasher = argon2.using(type="ID", memory_cost=memory_kib, rounds=rounds, parallelism=1)
        self._decoy: str | None = None
        self._limiter = CapacityLimiter(at_once)

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
        return await run_sync(work, limiter=self._limiter)


def _verify(hasher: Any, password: str, hashed: str) -> bool:
    try:
        return bool(hasher.verify(password, hashed))
    except ValueError:
        return False
