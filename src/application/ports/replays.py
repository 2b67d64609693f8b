"""Port: answers to requests that say who they are, so that asking again does nothing twice."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Replay:
    """What became of a request: what was asked, and the answer; without one it is still being worked on."""

    fingerprint: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Begun:
    """A request that is the caller's to work on; `before` are the tokens of tries that came to no answer, oldest first.

    Each of those may have had its effect all the same.
    """

    before: tuple[UUID, ...] = ()


TRIES_REMEMBERED = 8


class Replays(Protocol):
    """Requests by their owner and the key the owner gave them; every time is the database's own.

    Whoever works on a request holds it by a token. What comes with another token, because somebody took the request
    over meanwhile, changes nothing.
    """

    async def begin(
        self, owner: str, key: str, token: UUID, *, abandoned_after: timedelta, kept_for: timedelta
    ) -> Replay | Begun:
        """`Begun` when it is the caller's to work on from now on, of all who ask at once one's; else what is there.

        An answer is known for as long as it is kept; a request without one that was given up, or that nobody has
        touched for so long, is taken over. Of tries before it the latest `TRIES_REMEMBERED` are told.
        """
        ...

    async def touch(self, owner: str, key: str, token: UUID) -> None:
        """It is still being worked on."""
        ...

    async def finish(self, owner: str, key: str, token: UUID, fingerprint: str, answer: str) -> None:
        """Keep the answer, durable on return."""
        ...

    async def forget(self, owner: str, key: str, token: UUID) -> None:
        """As if it had never been asked; an answer that is kept stays."""
        ...

    async def give_up(self, owner: str, key: str, token: UUID) -> None:
        """Whoever asks next takes it over at once, and hears of this try; an answer that is kept stays."""
        ...

    async def keep_latest(self, owner: str, *, most: int, room: int) -> int:
        """Forget all but the latest requests of an owner, so many and with answers of so many characters together.

        Those under way stay. How many went is told.
        """
        ...
