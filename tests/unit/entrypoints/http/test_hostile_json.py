"""Whatever is sent as JSON: an answer below 500, soon."""

import itertools
import json
from time import perf_counter

import httpx2
import pytest

from tests.tables import over_rows

pytestmark = pytest.mark.anyio

TEXTS = [
    b"",
    b" ",
    b"\xef\xbb\xbf{}",
    b"\xff\xfe{\x00}\x00",
    b"nul",
    b"NULL",
    b"True",
    b"NaN",
    b"-Infinity",
    b"+1",
    b"01",
    b"1.",
    b".5",
    b"1e",
    b"0x1F",
    b"'a'",
    b'"',
    b'"\\x"',
    b'"\\u12"',
    b'"\\ud800"',
    b'"\\udc00\\ud800"',
    b'"\x01"',
    b'"\xff"',
    b'"\xed\xa0\x80"',
    b'"\xc0\x80"',
    b'"a\nb"',
    b"[1,]",
    b"[1 2]",
    b"[",
    b"]",
    b"{",
    b'{"a"}',
    b'{"a":}',
    b'{"a":1,}',
    b'{"a":1 "b":2}',
    b"{a:1}",
    b'{1:"a"}',
    b"{}{}",
    b"[1]x",
    b"// c\n{}",
    b"/**/{}",
    b"\x00",
    b"*",
    b"<xml/>",
]

VALUES = [
    b"NaN",
    b"-Infinity",
    b"Infinity",
    b"1e999",
    b"-1E+400",
    b"9" * 400,
    b"9" * 6000,
    b"-" + b"9" * 4200,
    b"0." + b"1" * 100_000,
    b"1e-999999999999",
    b'"\\u0000"',
    b'"a\\u0000b"',
    b'{"\\u0000":1}',
    b'["ok",["\\u0000"]]',
    b'"\\ud83d"',
    b'"\\uDEAD"',
    b"[" * 200_000,
    b"[" * 199 + b"]" * 199,
    b"[" * 5_000 + b"]" * 5_000,
    b'{"a":' * 100_000,
    b'"' + b"a" * 900_000 + b'"',
    b"[" + b"1," * 300_000 + b"1]",
    b"{" + b",".join(b'"%d":1' % n for n in range(60_000)) + b"}",
    b"true",
    b"[]",
    b"{}",
    b"null",
    b'"0"',
    b"0.5",
    b"18446744073709551616",
]

FIELDS = [b"name", b"metadata", b"owner", b"at", b"settings", b"unknown"]
CASES = [*TEXTS, *(b'{"name":"a","%s":%s}' % pair for pair in itertools.product(FIELDS, VALUES))]


async def send(client: httpx2.AsyncClient, body: bytes, path: str = "/things") -> httpx2.Response:
    return await client.post(path, content=body, headers={"Content-Type": "application/json"})


@pytest.mark.slow
async def test_hostile_documents_never_break_anything(client: httpx2.AsyncClient) -> None:
    for body in CASES:
        started = perf_counter()
        answer = await send(client, body)
        assert answer.status_code in {201, 400, 422}, (body[:60], answer.text)
        assert perf_counter() - started < 1, body[:60]
        if answer.status_code != 201:
            problem = json.loads(answer.content)
            assert problem["code"] in {"malformed_json", "validation_failed"}
            assert len(answer.content) < 100_000
            assert "\n" not in problem["detail"]


@over_rows("body", TEXTS, ids=repr)
async def test_what_is_no_json_is_malformed(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await send(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")


@over_rows(
    ("value", "status"),
    [
        (b"NaN", 400),
        (b"[Infinity]", 400),
        (b"1e999", 422),
        (b"9" * 400, 422),
        (b"9" * 6000, 400),
        (b'["\\u0000"]', 422),
        (b'{"\\u0000":1}', 422),
        (b'"\\ud800"', 400),
        (b"[" * 200_000, 400),
        (b'"\\\\u0000 NaN 1e999 are fine as text"', 201),
        (b"1e5", 201),
        (b'"' + b"7" * 500 + b'"', 201),
    ],
    ids=lambda value: repr(value)[:24],
)
async def test_values_nobody_can_keep_are_refused_where_anything_goes(
    client: httpx2.AsyncClient, value: bytes, status: int
) -> None:
    assert (await send(client, b'{"name":"a","metadata":%s}' % value)).status_code == status


async def test_the_place_of_a_bad_character_is_named(client: httpx2.AsyncClient) -> None:
    answer = await send(client, b'{"name":"a","metadata":{"deep":["ok","\\u0000"]}}')
    assert [each["field"] for each in answer.json()["errors"]] == ["metadata.deep.1"]


async def test_the_last_of_two_equal_keys_counts(client: httpx2.AsyncClient) -> None:
    assert (await send(client, b'{"name":"a","name":"b"}')).json()["name"] == "b"


async def test_a_hundred_thousand_faults_make_a_short_answer(client: httpx2.AsyncClient) -> None:
    answer = await send(client, b"[" + b"1," * 100_000 + b"1]", "/things/batch")
    assert answer.status_code == 422
    assert len(answer.content) < 1000
