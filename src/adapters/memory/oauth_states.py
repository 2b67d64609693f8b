"""Sign-ins on their way, in memory."""

from datetime import datetime

from domain.errors import AlreadyThere
from domain.oauth import PendingSignIn


class MemoryOAuthStates:
    """Sign-ins that were begun in this process, each to be taken once."""

    def __init__(self) -> None:
        self._pending: dict[str, PendingSignIn] = {}

    async def add(self, pending: PendingSignIn, now: datetime) -> None:
        self._pending = {key: each for key, each in self._pending.items() if not each.expired(now)}
        if pending.state_hash in self._pending:
            raise AlreadyThere("this is there already")
        self._pending[pending.state_hash] = pending

    async def take(self, state_hash: str) -> PendingSignIn | None:
        return self._pending.pop(state_hash, None)
