"""Forms are read part by part, and one that is cut short is never taken for whole."""

import tracemalloc
from collections.abc import AsyncIterator, Iterable

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from domain.errors import DarkroomError, Malformed, TooLarge, UnsupportedMedia
from entrypoints.http.multipart_stream import MalformedMultipart, read_parts
from tests.tables import over_rows

pytestmark = pytest.mark.anyio

FORM = "multipart/form-data; boundary=XX"


def part(name: str, content: bytes, extra: str = "", headers: str = "") -> bytes:
    head = f'--XX\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n{headers}\r\n'
    return head.encode() + content + b"\r\n"


WHOLE = (
    part("note", b"hello")
    + part("file", b"\x00\r\n--X\r\n" * 50, '; filename="a.png"', "Content-Type: image/PNG\r\n")
    + part("last", b"")
    + b"--XX--\r\n"
)


def request(
    chunks: Iterable[bytes], content_type: str = FORM, *, leaves: bool = False, length: str | None = None
) -> Request:
    todo = iter(chunks)

    async def receive() -> Message:
        if (chunk := next(todo, None)) is not None:
            return {"type": "http.request", "body": chunk, "more_body": True}
        if leaves:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    headers = [(b"content-type", content_type.encode())]
    if length is not None:
        headers.append((b"content-length", length.encode()))
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def read(incoming: Request, **limits: int) -> list[tuple[str, str | None, str | None, bytes]]:
    found = []
    async for each in read_parts(incoming, **limits):
        content = b"".join([chunk async for chunk in each.chunks])
        found.append((each.name, each.filename, each.content_type, content))
    return found


async def test_parts_come_in_order_whatever_the_chunks() -> None:
    expected = [
        ("note", None, None, b"hello"),
        ("file", "a.png", "image/png", b"\x00\r\n--X\r\n" * 50),
        ("last", None, None, b""),
    ]
    for size in (1, 2, 3, 7, 64, 10_000):
        chunks = [WHOLE[start : start + size] for start in range(0, len(WHOLE), size)]
        assert await read(request(chunks)) == expected


@given(st.lists(st.binary(max_size=200), max_size=5), st.integers(1, 50))
async def test_any_bytes_come_through(contents: list[bytes], size: int) -> None:
    form = b"".join(part(str(n), content) for n, content in enumerate(contents)) + b"--XX--"
    chunks = [form[start : start + size] for start in range(0, len(form), size)]
    if not any(b"\r\n--XX" in b"\r\n" + content for content in contents):
        assert [content for *_, content in await read(request(chunks))] == contents


async def test_a_form_cut_anywhere_is_malformed() -> None:
    end = WHOLE.rindex(b"--XX--") + len(b"--XX--")
    for length in range(0, end, 5):
        with pytest.raises(Malformed):
            await read(request([WHOLE[:length]]))
    assert len(await read(request([WHOLE[:end]]))) == 3


async def test_a_file_that_leaves_no_room_for_the_boundary_is_cut_short() -> None:
    """Known while it is read, so that nobody takes it for a file that is longer than was announced."""
    body = part("file", b"x" * 1000, '; filename="a"')[:-2]
    with pytest.raises(MalformedMultipart, match="before its last boundary"):
        await read(request([body], length=str(len(body))))
    whole = part("file", b"x" * 1000, '; filename="a"')
    for end in (b"--XX--", b"--XX--\r\n"):
        [(_, _, _, content)] = await read(request([whole + end], length=str(len(whole + end))))
        assert content == b"x" * 1000


async def test_a_client_that_leaves_is_told_apart() -> None:
    for length in (10, 100, len(WHOLE)):
        with pytest.raises(ClientDisconnect):
            await read(request([WHOLE[:length]], leaves=True))


async def test_an_unread_part_is_skipped() -> None:
    names = [each.name async for each in read_parts(request([WHOLE]))]
    assert names == ["note", "file", "last"]


async def test_a_part_read_by_half_is_skipped() -> None:
    names = []
    async for each in read_parts(request([WHOLE[:250], WHOLE[250:]])):
        names.append(each.name)
        async for _ in each.chunks:
            break
    assert names == ["note", "file", "last"]


async def test_memory_stays_flat() -> None:
    chunk = b"x" * (1 << 16)

    def chunks() -> Iterable[bytes]:
        yield part("file", b"", '; filename="a"')[:-2]
        for _ in range(500):
            yield chunk
        yield b"\r\n--XX--"

    tracemalloc.start()
    size = 0
    async for each in read_parts(request(chunks())):
        async for piece in each.chunks:
            size += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 500 << 16
    assert peak < 2 << 20


async def test_small_fields_are_text() -> None:
    texts = [await each.text(limit=10) async for each in read_parts(request([part("a", "é".encode()) + b"--XX--"]))]
    assert texts == ["é"]
    for content, kind in ((b"x" * 11, TooLarge), (b"\xff", Malformed), (b"a\x00b", Malformed)):
        with pytest.raises(kind):
            [await each.text(limit=10) async for each in read_parts(request([part("a", content) + b"--XX--"]))]


@over_rows(
    "content_type", ["", "application/json", "multipart/mixed; boundary=XX", "application/x-www-form-urlencoded"]
)
async def test_only_forms_are_taken(content_type: str) -> None:
    with pytest.raises(UnsupportedMedia):
        await read(request([WHOLE], content_type))


@over_rows("boundary", ["", "; boundary=", "; boundary=" + "a" * 201, '; boundary="\xe4"'])
async def test_a_form_needs_a_boundary(boundary: str) -> None:
    with pytest.raises(Malformed):
        await read(request([WHOLE], "multipart/form-data" + boundary))


@over_rows(
    ("body", "kind"),
    [
        (b"nothing of the kind", Malformed),
        (b"--XX\r\n\r\nno headers\r\n--XX--", Malformed),
        (b"--XX\r\nContent-Disposition: attachment\r\n\r\n\r\n--XX--", Malformed),
        (b"--XX\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\r\n--XX--", Malformed),
        (b"--XX\nContent-Disposition: form-data; name=a\n\n\n--XX--", Malformed),
        (b"--XX\r\n" + b"A: b\r\n" * 20 + b"\r\n--XX--", TooLarge),
        (b"--XX\r\nContent-Disposition: form-data; name=" + b"a" * 9000, TooLarge),
        (b"x" * 200_000, Malformed),
        (WHOLE + b"x" * 200_000, Malformed),
        (b"".join(part("a", b"") for _ in range(40)) + b"--XX--", TooLarge),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, kind: type[DarkroomError]) -> None:
    pieces = [body[start : start + 4096] for start in range(0, len(body), 4096)]
    with pytest.raises(kind):
        await read(request(pieces))


async def test_the_whole_form_can_be_limited() -> None:
    assert len(await read(request([WHOLE]), max_bytes=len(WHOLE))) == 3
    with pytest.raises(TooLarge):
        await read(request([WHOLE]), max_bytes=len(WHOLE) - 1)


@over_rows(
    ("written", "name"),
    [
        ('; filename="../../e\x01\x7fvil.png"', "../../evil.png"),
        ('; filename="写真.jpg"', "写真.jpg"),
        ("; filename*=UTF-8''%E5%86%99.jpg", "写.jpg"),
        ('; filename="%22a%0D.png"', '"a.png'),
        ('; filename=""', ""),
    ],
)
async def test_names_come_without_control_characters(written: str, name: str) -> None:
    ((_, filename, _, _),) = await read(request([part("file", b"", written) + b"--XX--"]))
    assert filename == name


async def test_an_upload_by_a_real_client(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/form", data={"a": "1"}, files={"file": ("ü.png", b"abc", "image/png")})
    assert answer.json() == [["a", None, None, 1], ["file", "ü.png", "image/png", 3]]


async def test_refusals_are_problems(client: httpx2.AsyncClient) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield WHOLE[:-20]

    answer = await client.post("/form", content=cut(), headers={"Content-Type": FORM})
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_multipart")
    assert (await client.post("/form", json={})).status_code == 415


FIELD = st.binary(max_size=60).map(lambda content: part("field", content.replace(b"--XX", b"")))
PREAMBLES = st.sampled_from([b"", b"\r\n", b"preamble\r\n\r\nmore\r\n"])


@pytest.mark.slow
@given(st.lists(FIELD, max_size=3), st.lists(FIELD, max_size=2), st.binary(max_size=200), st.integers(1, 99), PREAMBLES)
async def test_how_long_the_file_is_at_most_is_known_before_it_is_read(
    before: list[bytes], after: list[bytes], content: bytes, size: int, preamble: bytes
) -> None:
    file = part("file", content, '; filename="a"', "A:b\r\nContent-Type:  text/plain\r\n")
    body = preamble + b"".join(before) + file + b"".join(after) + b"--XX--\r\n"
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    told = [each.expected_size async for each in read_parts(request(chunks, length=str(len(body))))]
    expected = len(content) + sum(map(len, after))
    assert told == [None] * len(before) + [expected] + [None] * len(after)


@over_rows("length", [None, "", "many", "9" * 30])
async def test_without_a_sound_length_nothing_is_expected(length: str | None) -> None:
    told = [each.expected_size async for each in read_parts(request([WHOLE], length=length))]
    assert told == [None, None, None]


async def test_a_form_that_hides_its_file_behind_empty_lines_is_read_all_the_same() -> None:
    body = part("note", b"\r\n\r\n" * 2000) + part("file", b"abc", '; filename="a"') + b"--XX--\r\n"
    found = [(each.expected_size, await each.text()) async for each in read_parts(request([body], length="20000"))]
    assert found[1] == (None, "abc")
