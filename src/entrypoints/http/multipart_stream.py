"""Multipart forms as a stream: part after part, chunk after chunk, never more than a chunk in memory."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import unquote

from multipart import (  # type: ignore[import-untyped, unused-ignore]
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)
from starlette.requests import Request

from domain.errors import Malformed, TooLarge, UnsupportedMedia

MOST_PARTS = 32
MOST_HEADS = 256  # so many places may look like the beginning of a part's content before the file's is missed
AROUND_PARTS = 1 << 16  # bytes that may lie before the first boundary and after the last

_EMPTY_LINE = b"\r\n\r\n"

LAST_LINE_END = 2  # bytes: the last line of a form may end with CRLF, or with nothing
Events = AsyncGenerator[MultipartSegment | bytes | None, None]


class MalformedMultipart(Malformed):
    """The body is no complete multipart form."""

    code = "malformed_multipart"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a form. Its chunks can be read once, before the next part is asked for.

    `expected_size` is how long the first part with a filename is when it is the last one of the form: at most, then.
    """

    name: str
    filename: str | None
    content_type: str | None
    chunks: AsyncGenerator[bytes, None]
    expected_size: int | None = None

    async def text(self, limit: int = 1 << 16) -> str:
        """The whole part as text, for plain form fields."""
        content = bytearray()
        async for chunk in self.chunks:
            content += chunk
            if len(content) > limit:
                raise TooLarge(f"the form field {self.name!r} is longer than {limit} bytes")
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise MalformedMultipart(f"the form field {self.name!r} is not UTF-8") from None
        if "\x00" in text:
            raise MalformedMultipart(f"the form field {self.name!r} contains the character NUL")
        return text


async def read_parts(
    request: Request, *, max_parts: int = MOST_PARTS, max_bytes: int | None = None
) -> AsyncGenerator[Part, None]:
    """The parts in order; what is left of one is read away when the next is asked for.

    Only a loop that runs to its end has seen the final boundary: until then the upload may be cut short, and then
    the loop, or the part being read, raises MalformedMultipart, or ClientDisconnect when the connection is gone.
    """
    boundary = _boundary_of(request)
    parser = PushMultipartParser(boundary, max_segment_count=max_parts)
    heads = _Heads()
    length = request.headers.get("content-length", "")
    ends = int(length) - len(f"\r\n--{boundary}--\r\n") if length.isdecimal() and len(length) < 18 else None
    async with aclosing(_events(request, parser, heads, max_bytes)) as events:
        async for event in events:
            if isinstance(event, MultipartSegment):
                filename = _filename(event)
                expected = None
                if filename is not None and heads.watched:
                    expected = None if ends is None else max(0, ends - heads.behind)
                    heads.watched = False
                async with aclosing(_chunks(events, expected)) as chunks:
                    yield Part(event.name or "", filename, event.content_type, chunks, expected)


class _Heads:
    """Cuts what comes behind every empty line, where the content of a part may begin, so that its place is known."""

    def __init__(self) -> None:
        self.behind = 0
        self.watched = True
        self._left = MOST_HEADS
        self._last = b""

    def cut(self, chunk: bytes) -> Iterator[bytes]:
        """The pieces of a chunk; `behind` is where the one at hand ends in the body."""
        done = 0
        while self.watched and done < len(chunk):
            found = (self._last + chunk[done:]).find(_EMPTY_LINE)
            if found < 0:
                break
            end = done + found + len(_EMPTY_LINE) - len(self._last)
            self._left -= 1
            self.watched = self._left > 0
            yield self._passed(chunk[done:end])
            self._last, done = b"", end
        if done < len(chunk):
            yield self._passed(chunk[done:] if done else chunk)

    def _passed(self, piece: bytes) -> bytes:
        self.behind += len(piece)
        if self.watched:
            self._last = (self._last + piece)[-len(_EMPTY_LINE) + 1 :]
        return piece


async def _chunks(events: Events, most: int | None) -> AsyncGenerator[bytes, None]:
    """Those of one part; when it leaves no room for the boundary behind it, the body was cut off."""
    size = 0
    async for event in events:
        if not isinstance(event, bytes):
            return
        size += len(event)
        if most is not None and size > most + LAST_LINE_END:
            raise MalformedMultipart("the form ends before its last boundary")
        yield event


async def _events(request: Request, parser: PushMultipartParser, heads: _Heads, max_bytes: int | None) -> Events:
    total = idle = 0
    async with aclosing(request.stream()) as stream:
        try:
            async for chunk in _non_empty(stream):
                total += len(chunk)
                if max_bytes is not None and total > max_bytes:
                    raise TooLarge(f"the form is larger than {max_bytes} bytes")
                idle += len(chunk)
                for piece in heads.cut(chunk):
                    for event in parser.parse(piece):
                        idle = 0
                        yield event
                if idle > AROUND_PARTS + len(chunk):
                    raise MalformedMultipart("there is too much around the parts of the form")
            parser.close()
        except ParserLimitReached as error:
            raise TooLarge(f"the form is too large: {error}") from None
        except MultipartError as error:
            raise MalformedMultipart(f"the form cannot be read: {error}") from None


async def _non_empty(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    async for chunk in stream:
        if chunk:
            yield chunk


def _boundary_of(request: Request) -> str:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        raise UnsupportedMedia("send a form: Content-Type multipart/form-data")
    boundary: str = options.get("boundary", "")
    if not 0 < len(boundary) <= 200 or not boundary.isascii() or not boundary.isprintable():
        raise MalformedMultipart("the header Content-Type names no usable boundary")
    return boundary


def _filename(segment: MultipartSegment) -> str | None:
    name = segment.filename
    if name is None:
        # Not allowed in forms, but some clients write names beyond ASCII only like this.
        disposition = segment.header("Content-Disposition") or ""
        extended = re.search(r";\s*filename\*\s*=\s*utf-8'[^';]*'([^;\s]+)", disposition, re.IGNORECASE)
        name = unquote(extended[1]) if extended else None
    return None if name is None else "".join(c for c in name if c >= " " and c != "\x7f")
