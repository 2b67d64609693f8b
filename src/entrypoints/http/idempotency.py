"""Idempotency-Key: a request that is sent again under its key is answered again, and not done again.

Only success is remembered. Whatever was refused, failed or broke off is forgotten, so that the same key works for the
next try. The key is the caller's own; a request whose process died is taken over after ten minutes.
"""

import asyncio
import hashlib
import hmac
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from uuid import UUID, uuid4

from starlette.types import Scope

from application.ports.replays import Replay, Replays
from domain.access import Caller, KeyCaller, UserCaller
from domain.entity_access import EntityClaims
from domain.errors import Conflict, DarkroomError, FieldError, Invalid
from domain.rates import counted_as
from entrypoints.logs import log

HEADER = "Idempotency-Key"
REPLAYED = ("idempotency-replayed", "true")
PATTERN = r"^[!-~]([ -~]{0,253}[!-~])?$"
WITNESS = "darkroom.witness"
KEPT_FOR = timedelta(hours=24)
ABANDONED_AFTER = timedelta(minutes=10)
TOUCHED_EVERY = 60.0
ASK_AGAIN = 2.0


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


@dataclass(slots=True)
class FileWitness:
    """Sees the file of a form pass by, whichever way the form is written, and says meanwhile that work goes on."""

    touch: Callable[[], Awaitable[None]]
    seen: bytes = b""
    _touched: float = field(default_factory=monotonic)

    async def watching(self, filename: str, chunks: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The same chunks."""
        sha256, size = hashlib.sha256(), 0
        async with aclosing(chunks):
            async for chunk in chunks:
                sha256.update(chunk)
                size += len(chunk)
                if monotonic() - self._touched > TOUCHED_EVERY:
                    self._touched = monotonic()
                    await self.touch()
                yield chunk
        self.seen = _joined(filename.encode(errors="surrogatepass"), sha256.digest(), b"%d" % size)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with a key. Neither the key itself nor what was asked can be read from what is kept of it."""

    owner: str
    key: str
    what: bytes
    token: UUID = field(default_factory=uuid4)

    @property
    def name(self) -> str:
        """What the key is kept as."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    def fingerprint(self, more: bytes) -> str:
        """Of everything that makes it this request and no other; passwords may be in it."""
        return hmac.digest(self.key.encode(), _joined(self.what, more), "sha256").hex()


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
        witness = FileWitness(lambda: self.replays.touch(asked.owner, asked.name, asked.token))
        if read_file is not None:
            scope[WITNESS] = witness
        if found is None:
            return await self._first(asked, answer, witness)
        if found.answer is None:
            raise StillUnderWay("the first request with this key is still being worked on", retry_after=ASK_AGAIN)
        if read_file is not None:
            await read_file()
        return _repeated(found, asked.fingerprint(witness.seen))

    async def _first(self, asked: Asked, answer: Callable[[], Awaitable[Answered]], witness: FileWitness) -> Answered:
        try:
            answered = await answer()
        except BaseException:
            await asyncio.shield(self._forget(asked))
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

    async def _forget(self, asked: Asked) -> None:
        try:
            await self.replays.forget(asked.owner, asked.name, asked.token)
        except DarkroomError as error:
            log("Http", "a request could not be forgotten", level="warning", reason=error.detail)


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
    what = _joined(scope["method"].encode(), scope["path"].encode(), scope["query_string"], project, body)
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


def _joined(*parts: bytes) -> bytes:
    """One string of bytes, which no other parts make."""
    return b"".join(b"%d:" % len(part) + part for part in parts)
