"""Forms that carry one file."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from starlette.requests import Request

from domain.errors import FieldError, Invalid, TooLarge
from entrypoints.http.file_witness import WITNESS, FileWitness
from entrypoints.http.multipart_stream import Part, read_parts

FIELD = "file"
LARGEST_FIELD = 1 << 16


class WrongParts(Invalid):
    """The form does not have exactly one part with the file."""

    code = "file_part_missing"


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as a client sends it; its chunks can be read once.

    `file_id` is the id it is to have, if any, and `before` are ids that earlier tries of the same request gave it.
    """

    filename: str
    content_type: str | None
    chunks: AsyncIterator[bytes]
    expected_size: int | None = None
    file_id: UUID | None = None
    before: tuple[UUID, ...] = ()


@asynccontextmanager
async def sent_file(request: Request, field: str = FIELD) -> AsyncIterator[SentFile]:
    """The file of a form.

    Its chunks come to an end only when the whole form has: one that was cut short, or names a second file, fails
    while it is read and so never counts as received.
    """
    witness: FileWitness | None = request.scope.get(WITNESS)
    async with aclosing(read_parts(request)) as parts:
        async for part in parts:
            if part.name == field and part.filename is not None:
                name, chunks = part.filename or "unnamed", _to_the_end(part, parts, field)
                async with aclosing(witness.watching(name, chunks) if witness else chunks) as watched:
                    tries = (witness.file_id, witness.before) if witness else (None, ())
                    yield SentFile(name, part.content_type, watched, part.expected_size, *tries)
                return
            await _pass_over(part, field)
    raise _missing(field)


async def read_away(request: Request) -> None:
    """Read the file of a form and keep nothing of it."""
    async with sent_file(request) as sent:
        async for _ in sent.chunks:
            pass


async def _to_the_end(file: Part, parts: AsyncGenerator[Part, None], field: str) -> AsyncGenerator[bytes, None]:
    async for chunk in file.chunks:
        yield chunk
    async for part in parts:
        if part.name == field:
            raise WrongParts("send one file in a request", errors=[FieldError(field, "is there twice")])
        await _pass_over(part, field)


def _missing(field: str) -> WrongParts:
    return WrongParts(f"send the file as the part '{field}' of the form", errors=[FieldError(field, "is missing")])


async def _pass_over(part: Part, field: str) -> None:
    """Read a field nobody asked for, as far as it is a field and not a stream without end, or the file itself."""
    size = 0
    async for chunk in part.chunks:
        size += len(chunk)
        if size > LARGEST_FIELD:
            if part.filename is not None:
                raise _missing(field)
            raise TooLarge(f"the form field {part.name!r} is larger than {LARGEST_FIELD} bytes")
