"""Forms with one file: found among other fields, and never taken for whole before the form is."""

from collections.abc import Iterator

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from domain.errors import Malformed, TooLarge, UnsupportedMedia
from entrypoints.http.file_form import SentFile, WrongParts, sent_file
from tests.tables import over_rows

pytestmark = pytest.mark.anyio

BOUNDARY = "Grenze"
BODY = b"\x00\r\n--Gr\r\n" * 30


class Sent:
    """A request whose body arrives in pieces."""

    def __init__(self, body: bytes, *, piece: int = 64, leaves: bool = False, content_type: str | None = None) -> None:
        self._left: Iterator[bytes] = (body[start : start + piece] for start in range(0, len(body), piece))
        self._leaves = leaves
        told = content_type or f"multipart/form-data; boundary={BOUNDARY}"
        headers = [(b"content-type", told.encode())]
        self.request = Request({"type": "http", "method": "POST", "headers": headers}, self._receive)

    async def _receive(self) -> Message:
        piece = next(self._left, None)
        if piece is not None:
            return {"type": "http.request", "body": piece, "more_body": True}
        if self._leaves:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}


def part(name: str, content: bytes, filename: str | None = None, content_type: str | None = None) -> bytes:
    told = f'; filename="{filename}"' if filename is not None else ""
    kind = f"Content-Type: {content_type}\r\n" if content_type else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n{kind}\r\n'
    return head.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


FILE = part("file", BODY, "a.png", "image/png")
NOTE = part("note", b"hello")


async def read(sent: Sent) -> tuple[str, str | None, bytes]:
    async with sent_file(sent.request) as file:
        return file.filename, file.content_type, b"".join([chunk async for chunk in file.chunks])


async def test_the_file_is_found_and_read() -> None:
    assert await read(Sent(form(FILE))) == ("a.png", "image/png", BODY)


@over_rows(
    "body",
    [
        form(NOTE, FILE),
        form(FILE, NOTE),
        form(NOTE, part("other", b"x" * 999, "b.bin"), FILE, NOTE, part("files", b"", "c")),
        form(part("file", b"only text under its name"), FILE),
    ],
)
async def test_other_fields_may_stand_around_it(body: bytes) -> None:
    for piece in (1, 7, 10_000):
        assert await read(Sent(body, piece=piece)) == ("a.png", "image/png", BODY)


@given(st.binary(max_size=300), st.integers(1, 80))
async def test_any_bytes_come_through(content: bytes, piece: int) -> None:
    assert (await read(Sent(form(NOTE, part("file", content, "a"), NOTE), piece=piece)))[2] == content


async def test_what_a_client_does_not_say_is_not_made_up() -> None:
    assert await read(Sent(form(part("file", b"x", "")))) == ("unnamed", None, b"x")


async def test_an_empty_file_is_a_file() -> None:
    assert (await read(Sent(form(part("file", b"", "a")))))[2] == b""


@over_rows("parts", [[], [NOTE], [part("image", BODY, "a.png")], [part("file", BODY)], [part("File", b"", "a")]])
async def test_a_form_without_the_file_is_refused(parts: list[bytes]) -> None:
    with pytest.raises(WrongParts) as refused:
        await read(Sent(form(*parts)))
    assert [(error.field, error.message) for error in refused.value.errors] == [("file", "is missing")]


async def test_a_large_file_under_another_name_is_told_its_name() -> None:
    """Not that a form field is too large."""
    with pytest.raises(WrongParts, match="send the file as the part 'file'"):
        await read(Sent(form(part("picture", b"x" * 100_000, "a.png"))))
    with pytest.raises(TooLarge, match="form field 'note'"):
        await read(Sent(form(part("note", b"x" * 100_000))))


@over_rows("second", [FILE, part("file", b"", "b.png"), part("file", b"text")])
@over_rows("between", [b"", NOTE])
async def test_a_second_file_is_refused_before_the_first_counts_as_received(second: bytes, between: bytes) -> None:
    received = bytearray()

    async def receive() -> None:
        async with sent_file(Sent(form(FILE, between, second)).request) as file:
            async for chunk in file.chunks:
                received.extend(chunk)
            pytest.fail("the file came to an end")

    with pytest.raises(WrongParts) as refused:
        await receive()
    assert received == BODY
    assert [error.field for error in refused.value.errors] == ["file"]


async def test_a_form_cut_short_anywhere_is_never_whole() -> None:
    body = form(NOTE, FILE, NOTE)
    for length in range(0, len(body) - 2, 3):
        with pytest.raises(Malformed):
            await read(Sent(body[:length]))
        with pytest.raises(ClientDisconnect):
            await read(Sent(body[:length], leaves=True))


async def test_another_field_may_carry_the_file() -> None:
    async with sent_file(Sent(form(FILE, part("image", b"x", "b.png"))).request, "image") as file:
        assert isinstance(file, SentFile)
        assert (file.filename, [chunk async for chunk in file.chunks]) == ("b.png", [b"x"])


async def test_leaving_early_is_fine_and_what_went_wrong_inside_comes_out() -> None:
    async with sent_file(Sent(form(FILE)).request) as file:
        await anext(aiter(file.chunks))
    with pytest.raises(ZeroDivisionError):
        async with sent_file(Sent(form(FILE)).request) as file:
            raise ZeroDivisionError


async def test_only_forms_are_taken() -> None:
    with pytest.raises(UnsupportedMedia):
        await read(Sent(form(FILE), content_type="application/json"))


async def test_the_body_of_a_real_client() -> None:
    files = {"file": ("写真.png", BODY, "image/png")}
    real = httpx2.Request("POST", "http://darkroom.test/", data={"note": "hello"}, files=files)
    sent = Sent(real.read(), content_type=real.headers["content-type"])
    assert await read(sent) == ("写真.png", "image/png", BODY)
