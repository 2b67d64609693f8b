"""Idempotency-Key: a request that is sent again under its key is answered again, and not done again.

Only success is remembered. Whatever was refused, failed or broke off can be asked again under its key; a request whose
process died is taken over after ten minutes. A try that broke off may have had its effect all the same: the next one
hears of it, and an upload then finds its file. The key is the caller's own; of a caller the latest answers are kept.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import time_ns
from uuid import UUID, uuid4

from starlette.types import Scope

from application.ports.replays import Begun, Replay, Replays
from domain.access import Caller, KeyCaller, UserCaller
from domain.entity_access import EntityClaims
from domain.errors import Conflict, DarkroomError, FieldError, Invalid, Outage
from domain.rates import counted_as
from entrypoints.http.file_witness import WITNESS, FileWitness, joined
from entrypoints.logs import log

HEADER = "Idempotency-Key"
REPLAYED = ("idempotency-replayed", "true")
PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
KEPT_FOR = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=10)
ASK_AGAIN = 2.0
MOST_KEPT, MOST_ROOM = 10_000, 64 << 20  # answers of one caller, and their characters
COUNTED_EVERY = 64


class KeyReused(Invalid):
    """The key belongs to another request of the same caller."""

    code = "idempotency_key_reused"


class StillUnderWay(Conflict):
    """The first request with this key has no answer yet."""

    code = "request_under_way"


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer."""

    status: int
    content: bytes
    headers: tuple[tuple[str, str], ...] = ()


def _token() -> UUID:
    """Version 7, as all ids: whoever goes through files by their ids meets one that comes in meanwhile behind them."""
    return UUID(int=time_ns() // 1_000_000 << 80 | 7 << 76 | uuid4().int & ((1 << 76) - 1))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a key. Neither the key itself nor what was asked can be read from what is kept of it."""

    owner: str
    key: str
    what: bytes
    token: UUID = field(default_factory=_token)

    @property
    def name(self) -> str:
        """What the key is kept as."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    def fingerprint(self, more: bytes) -> str:
        """Of everything that makes it this request and no other; passwords may be in it."""
        return hmac.digest(self.key.encode(), joined(self.what, more), "sha256").hex()


@dataclass(frozen=True, slots=True)
class Once:
    """Answers requests of one operation once; fields named in `told_once` are null when an answer is repeated."""

    replays: Replays
    told_once: tuple[str, ...] = ()

    async def __call__(
        self,
        asked: Asked,
        answer: Callable[[], Awaitable[Answered]],
        scope: Scope,
        read_file: Callable[[], Awaitable[None]] | None,
    ) -> Answered:
        """The answer, made now or before; `read_file` reads the file of a form, for its bytes to be compared."""
        found = await self.replays.begin(
            asked.owner, asked.name, asked.token, abandoned_after=ABANDONED_AFTER, kept_for=KEPT_FOR
        )
        before = found.before if isinstance(found, Begun) else ()
        witness = FileWitness(lambda: self.replays.touch(asked.owner, asked.name, asked.token), asked.token, before)
        if read_file is not None:
            scope[WITNESS] = witness
        if isinstance(found, Begun):
            return await self._tried(asked, answer, witness)
        if found.answer is None:
            raise StillUnderWay("the first request with this key is still being worked on", retry_after=ASK_AGAIN)
        if read_file is not None:
            await read_file()
        return _repeated(found, asked.fingerprint(witness.seen))

    async def _tried(self, asked: Asked, answer: Callable[[], Awaitable[Answered]], witness: FileWitness) -> Answered:
        try:
            answered = await answer()
        except BaseException as error:
            refused = isinstance(error, DarkroomError) and not isinstance(error, Outage)
            await asyncio.shield(self._forget(asked) if refused else self._give_up(asked))
            raise
        fingerprint = asked.fingerprint(witness.seen)
        await asyncio.shield(self._keep(asked, fingerprint, answered))
        return answered

    async def _keep(self, asked: Asked, fingerprint: str, answered: Answered) -> None:
        content = answered.content
        if self.told_once:
            content = json.dumps(json.loads(content) | dict.fromkeys(self.told_once)).encode()
        kept = json.dumps({"status": answered.status, "body": content.decode(), "headers": answered.headers})
        try:
            await self.replays.finish(asked.owner, asked.name, asked.token, fingerprint, kept)
        except DarkroomError as error:
            log("Http", "an answer could not be kept for its Idempotency-Key", level="warning", reason=error.detail)
        await self._keep_latest(asked)

    async def _keep_latest(self, asked: Asked) -> None:
        """Now and then, by chance: to count them each time would cost more than a few too many."""
        if asked.token.int % COUNTED_EVERY == 0:
            with suppress(DarkroomError):
                await self.replays.keep_latest(asked.owner, most=MOST_KEPT, room=MOST_ROOM)

    async def _forget(self, asked: Asked) -> None:
        try:
            await self.replays.forget(asked.owner, asked.name, asked.token)
        except DarkroomError as error:
            log("Http", "a request could not be forgotten", level="warning", reason=error.detail)

    async def _give_up(self, asked: Asked) -> None:
        try:
            await self.replays.give_up(asked.owner, asked.name, asked.token)
        except DarkroomError as error:
            log("Http", "a request could not be given up", level="warning", reason=error.detail)
        await self._keep_latest(asked)


def asked_of(
    scope: Scope, headers: Mapping[bytes, bytes], caller: Caller | EntityClaims | None, body: bytes
) -> Asked | None:
    """The request, when it has a key; `Invalid` when the key is none."""
    raw = headers.get(HEADER.lower().encode())
    if raw is None:
        return None
    key = raw.decode("latin-1")
    if not re.fullmatch(PATTERN, key):
        wrong = "must have 1 to 255 printable ASCII characters"
        raise Invalid(f"{HEADER}: {wrong}", errors=[FieldError(HEADER, wrong)])
    project = headers.get(b"x-project-id", b"").lower()
    what = joined(scope["method"].encode(), scope["path"].encode(), scope["query_string"], project, body)
    return Asked(_owner(caller, scope), key, what)


def _owner(caller: Caller | EntityClaims | None, scope: Scope) -> str:
    match caller:
        case KeyCaller():
            return f"key:{caller.key_id}"
        case UserCaller():
            return f"user:{caller.user_id}"
        case EntityClaims():
            return f"entity:{caller.subject}"
        case None:
            client = scope.get("client")
            return f"address:{counted_as(client[0]) if client else ''}"


def _repeated(found: Replay, fingerprint: str) -> Answered:
    if not hmac.compare_digest(found.fingerprint, fingerprint):
        wrong = "belongs to another request; use a fresh one for each"
        raise KeyReused(f"this {HEADER} {wrong}", errors=[FieldError(HEADER, wrong)])
    kept = json.loads(found.answer or "{}")
    headers = tuple((name, value) for name, value in kept["headers"])
    return Answered(kept["status"], kept["body"].encode(), (*headers, REPLAYED))
