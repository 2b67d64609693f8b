"""Is it alive, can it work, and what of what it depends on answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, Protocol

from pydantic import AwareDatetime, BaseModel

from domain.errors import DarkroomError, StorageFull, Unavailable
from entrypoints.http.operations import Op
from entrypoints.logs import log, log_exception

PATIENCE = 2.0
ANSWERS_FOR = 1.0

State = Literal["ok", "disabled"]
Found = Literal["ok", "disabled", "away"]

DISPENSABLE = frozenset({"redis"})
"""What we get along without: to send requests nowhere would be worse than to serve them a little differently."""


_SPOKEN = {"database": "the database", "blobs": "the blob store", "redis": "Redis"}


class HealthCheck(Protocol):
    """Returns when the thing answers; raises Unavailable when it does not."""

    async def __call__(self) -> None: ...


class Readiness:
    """Whether new work may come: not while the service prepares itself, and not once it has begun to stop."""

    def __init__(self) -> None:
        self.preparing = False
        self.draining = False


class Alive(BaseModel):
    """The service answers."""

    status: Literal["ok"] = "ok"
    service: Literal["darkroom"] = "darkroom"
    version: str
    uptime: float
    timestamp: AwareDatetime


class Ready(BaseModel):
    """The service can work."""

    status: Literal["ready"] = "ready"
    checks: dict[str, Found]


class Checked(BaseModel):
    """One thing the service depends on."""

    status: State


class HealthDoor:
    """For load balancers, orchestrators and worried people. `None` in place of a check: not in use here."""

    tag = "Health"

    def __init__(self, checks: Mapping[str, HealthCheck | None], readiness: Readiness, version: str) -> None:
        self._checkups = {name: Checkup(name, check) if check else None for name, check in checks.items()}
        self._readiness = readiness
        self._version = version
        self._since = monotonic()

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        return [
            Op("GET", "/health", self.health, module="Health", rate=None),
            Op("GET", "/health/ready", self.ready, module="Health", errors=(Unavailable,), rate=None),
            *(
                Op("GET", f"/health/{name}", self._one(name), module="Health", errors=(Unavailable,), rate=None)
                for name in self._checkups
            ),
        ]

    async def health(self) -> Alive:
        """Whether the process answers at all."""
        return Alive(version=self._version, uptime=round(monotonic() - self._since, 3), timestamp=datetime.now(UTC))

    async def ready(self) -> Ready:
        """Whether requests should be sent here: what it cannot do without answers, and the service is not stopping."""
        if self._readiness.draining:
            raise Unavailable("the service is shutting down")
        if self._readiness.preparing:
            raise Unavailable("the service is starting", retry_after=1)
        found = await asyncio.gather(*map(self._found, self._checkups), return_exceptions=True)
        broken = [state for state in found if isinstance(state, BaseException)]
        if broken:
            raise Unavailable("; ".join(map(str, broken)))
        states = [state for state in found if not isinstance(state, BaseException)]
        return Ready(checks=dict(zip(self._checkups, states, strict=True)))

    def _one(self, name: str) -> Callable[[], Awaitable[Checked]]:
        async def check() -> Checked:
            return Checked(status=await self._state(name))

        check.__name__ = f"health_{name}"
        check.__doc__ = f"Whether {_SPOKEN[name]} answers."
        return check

    async def _found(self, name: str) -> Found:
        try:
            return await self._state(name)
        except Unavailable:
            if name not in DISPENSABLE:
                raise
            return "away"

    async def _state(self, name: str) -> State:
        check = self._checkups[name]
        return "disabled" if check is None else await check()


class Checkup:
    """One check, made at most once in a while however many ask, and left to itself when it takes too long."""

    def __init__(self, name: str, check: HealthCheck) -> None:
        self._name, self._check = _SPOKEN[name], check
        self._running: asyncio.Task[None] | None = None
        self._made_at = 0.0

    async def __call__(self) -> State:
        """`ok`, or Unavailable; why, is for the log and not for whoever asks."""
        if self._running is None or (self._running.done() and monotonic() - self._made_at > ANSWERS_FOR):
            self._running, self._made_at = asyncio.create_task(self._check()), monotonic()
        done, _ = await asyncio.wait([self._running], timeout=PATIENCE)
        if not done:
            raise Unavailable(f"{self._name} does not answer within {PATIENCE:g} s")
        error = self._running.exception()
        if error is None:
            return "ok"
        if not isinstance(error, DarkroomError):
            log_exception("Health", f"the check of {self._name} failed", error)
            raise Unavailable(f"{self._name} does not work") from None
        log("Health", f"{self._name} does not work", level="warning", reason=error.detail)
        if isinstance(error, StorageFull):
            raise Unavailable(f"{self._name} is full", retry_after=error.retry_after or 5) from None
        raise Unavailable(f"{self._name} does not answer", retry_after=error.retry_after or 5) from None
