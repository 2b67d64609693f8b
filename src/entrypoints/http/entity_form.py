"""The form an entity comes in: a file, which may be missing, and fields before and behind it."""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

from starlette.requests import Request

from domain.errors import FieldError, Invalid, TooLarge, UnsupportedMedia
from domain.library import ImageMissing
from entrypoints.http.file_form import SentFile
from entrypoints.http.file_witness import WITNESS, FileWitness
from entrypoints.http.form_body import FORM, read_fields
from entrypoints.http.multipart_stream import Part, read_parts

IMAGE = "image"
LARGEST_FORM = 1 << 20
Parts = AsyncGenerator[Part, None]
Chunks = AsyncGenerator[bytes, None]


@dataclass(frozen=True, slots=True)
class EntityForm:
    """`fields` are complete once the image has been read to its end."""

    fields: dict[str, str]
    image: SentFile | None = None


@asynccontextmanager
async def entity_form(request: Request) -> AsyncIterator[EntityForm]:
    """The form of a request, whichever way it is written."""
    fields: dict[str, str] = {}
    witness: FileWitness | None = request.scope.get(WITNESS)
    kind = request.headers.get("content-type", "").lower().partition(";")[0].strip()
    if kind == FORM or not kind:
        fields |= _plain(await _whole(request), kind)
        yield EntityForm(fields)
    else:
        async with aclosing(read_parts(request)) as parts, aclosing(_image(parts, fields)) as images:
            image = await anext(images, None)
            if image is None:
                yield EntityForm(fields)
            else:
                chunks = _to_the_end(image, parts, fields)
                name = image.filename or "unnamed"
                async with aclosing(witness.watching(name, chunks) if witness else chunks) as watched:
                    yield EntityForm(fields, SentFile(name, image.content_type, watched, image.expected_size))
    if witness is not None:
        told = json.dumps(fields, sort_keys=True).encode()
        witness.seen = hashlib.sha256(witness.seen).digest() + hashlib.sha256(told).digest()


async def read_entity_form_away(request: Request) -> None:
    """Read all of a form and keep nothing of it."""
    async with entity_form(request) as form:
        if form.image is not None:
            async for _ in form.image.chunks:
                pass


async def _image(parts: Parts, fields: dict[str, str]) -> Parts:
    """The part with the image, or nothing; the fields before it are read."""
    async for part in parts:
        if part.filename is None:
            await _take(part, fields)
        elif part.name != IMAGE:
            raise ImageMissing(f"send the file as the part '{IMAGE}' of the form, not as '{part.name}'")
        elif (first := await anext(part.chunks, None)) is not None or part.filename:
            yield Part(part.name, part.filename, part.content_type, _again(first, part.chunks), part.expected_size)
            return


async def _again(first: bytes | None, rest: Chunks) -> Chunks:
    """What a browser sends where no file was chosen has no name and no bytes: the first ones had to be looked at."""
    if first is not None:
        yield first
    async for chunk in rest:
        yield chunk


async def _to_the_end(image: Part, parts: Parts, fields: dict[str, str]) -> Chunks:
    async for chunk in image.chunks:
        yield chunk
    async for part in parts:
        if part.filename is not None:
            raise Invalid("send one file in a request", errors=[FieldError(part.name, "is another file")])
        await _take(part, fields)


async def _take(part: Part, fields: dict[str, str]) -> None:
    value = await part.text()
    if part.name in fields:
        raise Invalid(f"{part.name}: is there twice", errors=[FieldError(part.name, "is there twice")])
    if part.name == IMAGE and value:
        raise Invalid(f"{IMAGE}: must be a file", errors=[FieldError(IMAGE, "must be a file")])
    fields[part.name] = value


def _plain(body: bytes, kind: str) -> dict[str, str]:
    """An urlencoded form; whoever sends nothing at all need not say what it is."""
    if body and not kind:
        raise UnsupportedMedia("send a form: Content-Type multipart/form-data")
    return read_fields(body)


async def _whole(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            raise TooLarge(f"the form is larger than the {LARGEST_FORM} bytes this takes")
    return bytes(body)
