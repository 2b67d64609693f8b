"""Is it alive, can it work, and what of what it depends on answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Literal, Protocol

from pydantic import AwareDatetime, BaseModel

from domain.errors import DarkroomError, Unavailable
from entrypoints.http.operations import Op
from entrypoints.logs import log_exception

PATIENCE = 2.0

State = Literal["ok", "disabled"]


class HealthCheck(Protocol):
    """Returns when the thing answers; raises Unavailable when it does not."""

    async def __call__(self) -> None: ...


class Readiness:
    """Whether new work may come; turned off for good when the service begins to stop."""

    def __init__(self) -> None:
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
    checks: dict[str, State]


class Checked(BaseModel):
    """One thing the service depends on."""

    status: State


class HealthDoor:
    """For load balancers, orchestrators and worried people. `None` in place of a check: not in use here."""

    tag = "Health"

    def __init__(self, checks: Mapping[str, HealthCheck | None], readiness: Readiness, version: str) -> None:
        self._checks = checks
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
                for name in self._checks
            ),
        ]

    async def health(self) -> Alive:
        """Whether the process answers at all."""
        return Alive(version=self._version, uptime=round(monotonic() - self._since, 3), timestamp=datetime.now(UTC))

    async def ready(self) -> Ready:
        """Whether requests should be sent here: everything answers, and the service is not stopping."""
        if self._readiness.draining:
            raise Unavailable("the service is shutting down")
        found = await asyncio.gather(*map(self._state, self._checks), return_exceptions=True)
        broken = [state for state in found if isinstance(state, BaseException)]
        if broken:
            raise Unavailable("; ".join(map(str, broken)))
        states = [state for state in found if not isinstance(state, BaseException)]
        return Ready(checks=dict(zip(self._checks, states, strict=True)))

    def _one(self, name: str) -> Callable[[], Awaitable[Checked]]:
        async def check() -> Checked:
            return Checked(status=await self._state(name))

        check.__name__ = f"health_{name}"
        check.__doc__ = f"Whether the {name} answers."
        return check

    async def _state(self, name: str) -> State:
        check = self._checks[name]
        if check is None:
            return "disabled"
        try:
            async with asyncio.timeout(PATIENCE):
                await check()
        except TimeoutError:
            raise Unavailable(f"{name} does not answer within {PATIENCE:g} s") from None
        except DarkroomError as error:
            raise Unavailable(f"{name}: {error.detail}", retry_after=error.retry_after or 5) from None
        except Exception as error:  # noqa: BLE001  (whatever a broken dependency raises, it is not available)
            log_exception("Health", f"the check of {name} failed", error)
            raise Unavailable(f"{name} does not work") from None
        return "ok"
