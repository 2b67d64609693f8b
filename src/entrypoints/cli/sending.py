"""Files from this machine to a Darkroom, each whatever it takes."""

import asyncio
import hashlib
import threading
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import uuid4

import httpx2

from domain.sniffing import HEIC_TYPES, IMAGE_TYPES_TAKEN, SNIFF_BYTES, sniff

TRIES = 8
LONGEST_WAIT = 60.0
AGAIN = frozenset({429, 503})
UNDER_WAY = "request_under_way"
PICTURES = IMAGE_TYPES_TAKEN | HEIC_TYPES
READ_AT_ONCE = 1 << 20
LARGEST_ANSWER = 1 << 20

Moved = Callable[[int], None]
Warn = Callable[[str], None]
Named = tuple[str, str]
"""The id of a file and the address of its original."""


class SendAs(StrEnum):
    """By which door a file goes in."""

    AUTOMATIC = "automatic"
    IMAGE = "image"
    FILE = "file"


class Result(StrEnum):
    """What became of a file."""

    UPLOADED = "uploaded"
    SKIPPED = "skipped"
    FAILED = "failed"


class NotSent(Exception):
    """Why a file did not get there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; `url` is that of the original."""

    path: Path
    result: Result
    size: int = 0
    sha256: str | None = None
    id: str | None = None
    url: str | None = None
    error: str | None = None

    def facts(self) -> dict[str, Any]:
        """As plain data, without what is not known."""
        told = {name: getattr(self, name) for name in self.__slots__}
        return {name: str(value) if name == "path" else value for name, value in told.items() if value is not None}


@dataclass
class Sending:
    """Uploads files one by one or side by side; what the project has already is not sent again."""

    client: httpx2.AsyncClient
    project: str | None
    send_as: SendAs
    moved: Moved
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    warn: Warn = lambda _: None
    _away: bool = False
    _same: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def reach(self) -> None:
        """Return once the server answers anything at all; `NotSent` when it has not after every try."""
        await self._patiently(lambda: self._asked("GET", "/health"))

    async def __call__(self, path: Path) -> Outcome:
        """Send one file, if need be."""
        size, sha256 = 0, None
        try:
            size, sha256 = await _measured(path)
            async with self._same[sha256]:
                if (there := await self._there(sha256)) is not None:
                    self.moved(size)
                    return Outcome(path, Result.SKIPPED, size, sha256, *there)
                made = await self._sent(path)
        except NotSent as error:
            return Outcome(path, Result.FAILED, size, sha256, error=str(error))
        except OSError as error:
            return Outcome(path, Result.FAILED, size, sha256, error=error.strerror or str(error))
        return Outcome(path, Result.UPLOADED, size, sha256, *made)

    async def _there(self, sha256: str) -> Named | None:
        query = {"sha256": sha256, "limit": "1", **({"project_id": self.project} if self.project else {})}
        answer = await self._patiently(lambda: self._asked("GET", "/files", params=query))
        if answer.status_code == 403:
            return None  # a key that may only write cannot look; whatever comes is taken then
        found = _told(answer).get("data")
        if not isinstance(found, list):
            raise _strange(answer)
        return _named(answer, found[0]) if found else None

    async def _sent(self, path: Path) -> Named:
        with path.open("rb") as file:
            picture = self.send_as is SendAs.IMAGE or (
                self.send_as is SendAs.AUTOMATIC and sniff(file.read(SNIFF_BYTES)).mime in PICTURES
            )
        answer = await self._posted("/upload/image" if picture else "/upload/file", path)
        if answer.status_code == 415 and picture and self.send_as is SendAs.AUTOMATIC:
            answer = await self._posted("/upload/file", path)
        return _named(answer, _told(answer))

    async def _posted(self, door: str, path: Path) -> httpx2.Response:
        headers = {"Idempotency-Key": str(uuid4()), **({"X-Project-Id": self.project} if self.project else {})}

        async def post() -> httpx2.Response:
            with path.open("rb") as file, Watched(file, self.moved) as watched:
                form = {"file": (path.name, cast("BinaryIO", watched))}
                return await self._asked("POST", door, files=form, headers=headers)

        return await self._patiently(post)

    async def _asked(self, method: str, door: str, **what: Any) -> httpx2.Response:
        """The answer, as far as it is one that a Darkroom gives: short, and not packed."""
        async with self.client.stream(method, door, **what) as answer:
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise _strange(answer)
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise _strange(answer)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=body)

    async def _patiently(self, ask: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
        """The answer, once there is one that waiting would not change."""
        for attempt in range(TRIES):
            try:
                answer = await ask()
            except httpx2.TransportError as error:
                reason = f"{self.client.base_url} does not answer: {str(error) or type(error).__name__}"
                if attempt == TRIES - 1:
                    raise NotSent(reason) from error
                if not self._away:
                    self.warn(f"{reason}; trying again for up to a minute")
                self._away = True
                wait = 2.0**attempt / 4
            else:
                self._away = False
                if attempt == TRIES - 1 or not _worth_waiting(answer):
                    return answer
                told = answer.headers.get("Retry-After", "")
                wait = float(told) if told.isdecimal() else 2.0**attempt
            await self.pause(min(wait, LONGEST_WAIT))
        raise AssertionError("the last attempt returns or raises")


class Watched:
    """A file that tells how much of it was read, and takes that back when it has to be read again."""

    def __init__(self, file: BinaryIO, moved: Moved) -> None:
        self._file, self._moved, self._read = file, moved, 0

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._moved(-self._read)

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        piece = self._file.read(size)
        self._read += len(piece)
        self._moved(len(piece))
        return piece

    def fileno(self) -> int:
        """By which its length is found."""
        return self._file.fileno()


async def _measured(path: Path) -> tuple[int, str]:
    """Its size and SHA-256, read in a thread that ends soon after a cancellation."""
    given_up = threading.Event()
    try:
        return await asyncio.to_thread(_read_through, path, given_up)
    finally:
        given_up.set()


def _read_through(path: Path, given_up: threading.Event) -> tuple[int, str]:
    sha256, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while not given_up.is_set() and (piece := file.read(READ_AT_ONCE)):
            sha256.update(piece)
            size += len(piece)
    return size, sha256.hexdigest()


def _worth_waiting(answer: httpx2.Response) -> bool:
    return answer.status_code in AGAIN or (answer.status_code == 409 and _code(answer) == UNDER_WAY)


def _told(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _strange(answer)
    if not answer.is_success:
        raise NotSent(str(body.get("detail") or answer.status_code))
    return body


def _named(answer: httpx2.Response, file: Any) -> Named:
    if not isinstance(file, dict):
        raise _strange(answer)
    file_id, url = file.get("id"), file.get("url") or file.get("original_url")
    if not isinstance(file_id, str) or not isinstance(url, str):
        raise _strange(answer)
    return file_id, url


def _strange(answer: httpx2.Response) -> NotSent:
    return NotSent(f"whatever is at this address is no Darkroom: it answered {answer.status_code}")


def _code(answer: httpx2.Response) -> object:
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return None
    return body.get("code") if isinstance(body, dict) else None
