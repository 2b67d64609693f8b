"""Sign-ins on their way, in memory."""

from datetime import datetime

from adapters.memory.state import MemoryDatabase
from domain.errors import AlreadyThere
from domain.oauth import PendingSignIn


class MemoryOAuthStates:
    """Sign-ins that were begun in this process, each to be taken once."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def add(self, pending: PendingSignIn, now: datetime) -> None:
        kept = {key: each for key, each in self._database.oauth_states.items() if not each.expired(now)}
        if pending.state_hash in kept:
            raise AlreadyThere("this is there already")
        self._database.oauth_states = kept | {pending.state_hash: pending}

    async def take(self, state_hash: str) -> PendingSignIn | None:
        return self._database.oauth_states.pop(state_hash, None)
