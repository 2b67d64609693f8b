"""Bytes go out whole, in part or not at all, and never act in our name."""

import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest

from adapters.memory.clock import ManualClock
from adapters.minio.links import MinioLinks
from adapters.minio.location import S3Location
from application.ports.blob_store import BlobInfo
from domain.media import Variant, VariantStatus
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.blob_responses import FOREVER, BlobResponses
from tests.tables import over_rows
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.entrypoints.http.gallery import Gallery, gallery
from tests.unit.entrypoints.world import caller_named, world

pytestmark = pytest.mark.anyio

ORIGIN = "http://127.0.0.1:3000"
PNG = encoded(quarters((40, 30)), "image/png")
HOSTILE = {
    "text/html": b"<!doctype html><script>alert(1)</script>",
    "image/svg+xml": b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "application/xml": b"<?xml version='1.0'?><?xml-stylesheet href='x.xsl'?><note/>",
    "application/pdf": b"%PDF-1.7\n/JavaScript",
    "text/plain": b"<scrip\x09t>alert(1)",
    "application/json": b'{"a": "<script>alert(1)</script>"}',
    "application/octet-stream": b"\x00\x01\x02",
}
LONG_AGO = "Thu, 01 Jan 2004 00:00:00 GMT"
HTTP = email.policy.HTTP
NAMES = [
    'a"; filename="b.html', "a\\\r\nSet-Cookie: x=1", "../../etc/passwd", "写真 🖼.jpg", "\u202egpj.exe", "a;b=c,d.png",
    "%22%0d%0a.png", "x" * 3000, ".", "\x7f\x01",
]  # fmt: skip


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Gallery]:
    """One for all: every test puts in files of its own."""
    async with world() as here:
        yield await gallery(here)


def path_of(url: str) -> str:
    return urlsplit(url).path


async def test_the_address_promised_gives_the_bytes_back_to_anybody(place: Gallery) -> None:
    kept = await place.keep(PNG, "me.png")
    answer = await place.client.get(path_of(kept["url"]))
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-length"] == str(len(PNG))
    assert answer.headers["content-disposition"] == 'inline; filename="me.png"'
    assert answer.headers["etag"] == f'"{(await place.row(kept["id"])).sha256}"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == FOREVER


async def test_what_an_id_answers_is_asked_for_again_since_it_may_change(place: Gallery) -> None:
    kept = await place.keep(PNG)
    variant = await place.add_variant(kept["id"], "thumb", b"first")
    path = f"/files/{kept['id']}/content?variant=thumb"
    answer = await place.client.get(path)
    assert answer.headers["cache-control"] == "public, no-cache"
    tag = {"If-None-Match": answer.headers["etag"]}
    assert (await place.client.get(path, headers=tag)).status_code == 304

    await place.save_variant(replace(variant, recipe="r2"))
    assert (await place.client.get(path, headers=tag)).status_code == 200


async def test_what_is_private_is_kept_out_of_shared_caches(place: Gallery) -> None:
    kept = await place.keep(PNG, key=place.private_key)
    path = path_of(kept["url"])
    assert path == f"/files/{kept['id']}/content"
    assert (await place.client.get(path)).status_code == 401
    answer = await place.client.get(path, headers=place.private_key)
    assert (answer.content, answer.headers["cache-control"]) == (PNG, "private, no-cache")
    row = await place.row(kept["id"])
    assert (await place.client.get(f"/blobs/{row.key}", headers=place.private_key)).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "foreign_key"])
async def test_signing_in_takes_nothing_away_that_everybody_may_see(place: Gallery, who: str) -> None:
    headers = place.here.headers[who]
    public, private = await place.keep(PNG), await place.keep(PNG, key=place.private_key)
    assert (await place.client.get(f"/files/{public['id']}/content", headers=headers)).content == PNG
    answers = [
        await place.client.get(f"/files/{file_id}/content", headers={**headers, "X-Request-Id": "the-same"})
        for file_id in (private["id"], uuid4())
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


@over_rows(
    ("wanted", "start", "end"),
    [
        ("bytes=0-0", 0, 1), ("bytes=2-4", 2, 5), ("bytes=5-", 5, 10), ("bytes=-3", 7, 10), ("bytes=0-999", 0, 10),
        ("bytes=-999", 0, 10), ("BYTES=1-1", 1, 2),
    ],
)  # fmt: skip
async def test_a_part_of_it(place: Gallery, wanted: str, start: int, end: int) -> None:
    body = b"0123456789"
    kept = await place.keep(body)
    answer = await place.client.get(path_of(kept["url"]), headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (206, body[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/10"
    assert answer.headers["content-length"] == str(end - start)


@over_rows("wanted", ["bytes=0-1,5-4", "lines=1-2", "bytes=4-2", "bytes=-", "bytes=a-b", "bytes", ""])
async def test_other_wishes_get_the_whole(place: Gallery, wanted: str) -> None:
    kept = await place.keep(b"0123456789")
    answer = await place.client.get(path_of(kept["url"]), headers={"Range": wanted})
    assert (answer.status_code, answer.content) == (200, b"0123456789")
    assert "content-range" not in answer.headers


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=999999999999999999-"])
async def test_beyond_the_end_is_a_problem_that_tells_the_length(place: Gallery, wanted: str) -> None:
    kept = await place.keep(b"0123456789")
    answer = await place.client.get(path_of(kept["url"]), headers={"Range": wanted})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "range_not_satisfiable"
    assert "has 10 bytes" in answer.json()["detail"]


async def test_several_parts_at_once(place: Gallery) -> None:
    body = bytes(range(256)) * 4
    kept = await place.keep(body, "a.bin")
    wanted = [(700, 709), (0, 0), (1019, 1023)]
    told = "bytes=700-704,0-0,705-709,-5,5000-"
    answer = await place.client.get(path_of(kept["url"]), headers={"Range": told})
    assert answer.status_code == 206
    assert answer.headers["content-length"] == str(len(answer.content))
    assert "content-range" not in answer.headers
    caged(answer)
    parsed = email.message_from_bytes(
        f"Content-Type: {answer.headers['content-type']}\r\n\r\n".encode() + answer.content, policy=HTTP
    )
    parts = list(parsed.iter_parts())
    assert parsed.get_content_type() == "multipart/byteranges"
    assert [part["content-range"] for part in parts] == [f"bytes {first}-{last}/1024" for first, last in wanted]
    assert {part["content-type"] for part in parts} == {"application/octet-stream"}
    boundary = parsed.get_boundary().encode()
    pieces = [piece.partition(b"\r\n\r\n")[2] for piece in answer.content.split(b"\r\n--" + boundary)[1:-1]]
    assert pieces == [body[first : last + 1] for first, last in wanted]
    assert answer.content.endswith(b"\r\n--" + boundary + b"--\r\n")


async def test_parts_that_make_one_are_answered_as_one(place: Gallery) -> None:
    kept = await place.keep(b"0123456789")
    answer = await place.client.get(path_of(kept["url"]), headers={"Range": "bytes=5-6,2-4"})
    assert (answer.status_code, answer.content) == (206, b"23456")
    assert answer.headers["content-range"] == "bytes 2-6/10"


async def test_too_many_parts_are_answered_whole(place: Gallery) -> None:
    kept = await place.keep(bytes(100))
    told = "bytes=" + ",".join(f"{2 * n}-{2 * n}" for n in range(11))
    answer = await place.client.get(path_of(kept["url"]), headers={"Range": told})
    assert (answer.status_code, answer.content) == (200, bytes(100))


async def test_a_part_only_of_the_same_bytes(place: Gallery) -> None:
    kept = await place.keep(b"0123456789")
    path = path_of(kept["url"])
    whole = await place.client.get(path)
    tag, date = whole.headers["etag"], whole.headers["last-modified"]
    for condition, status in ((tag, 206), ('"another"', 200), (f"W/{tag}", 200), (date, 206), (LONG_AGO, 200)):
        answer = await place.client.get(path, headers={"Range": "bytes=0-1", "If-Range": condition})
        assert answer.status_code == status, condition


async def test_nothing_is_sent_to_whoever_has_it_already(place: Gallery) -> None:
    kept = await place.keep(PNG)
    path = path_of(kept["url"])
    whole = await place.client.get(path)
    tag = whole.headers["etag"]
    for told in (tag, f"W/{tag}", f'"x", {tag}', "*", f"  {tag}  "):
        answer = await place.client.get(path, headers={"If-None-Match": told, "Range": "bytes=0-1"})
        assert (answer.status_code, answer.content) == (304, b""), told
        for name in ("etag", "cache-control", "last-modified", "content-security-policy"):
            assert answer.headers[name] == whole.headers[name]
        assert "content-type" not in answer.headers
    modified = whole.headers["last-modified"]
    assert (await place.client.get(path, headers={"If-Modified-Since": modified})).status_code == 304
    assert (await place.client.head(path, headers={"If-Modified-Since": modified})).status_code == 304
    for since in ({"If-Modified-Since": LONG_AGO}, {"If-Modified-Since": modified, "If-None-Match": '"x"'}):
        assert (await place.client.get(path, headers=since)).status_code == 200
    for told in ('"x"', tag.strip('"'), ""):
        assert (await place.client.get(path, headers={"If-None-Match": told})).status_code == 200, told


async def test_head_is_get_without_the_bytes(place: Gallery) -> None:
    kept = await place.keep(PNG)
    path = path_of(kept["url"])
    got, asked = await place.client.get(path), await place.client.head(path)
    assert (asked.status_code, asked.content) == (200, b"")
    differing = {"x-request-id", "date"}
    assert {k: v for k, v in asked.headers.items() if k not in differing} == {
        k: v for k, v in got.headers.items() if k not in differing
    }
    for wanted in ("bytes=0-1", "bytes=0-1,5-6", "bytes=100000-", "nonsense"):
        ranged = await place.client.head(path, headers={"Range": wanted})
        assert (ranged.status_code, ranged.headers["content-length"]) == (200, str(len(PNG))), (
            "ranges are for GET alone"
        )
    same = await place.client.head(path, headers={"If-None-Match": got.headers["etag"]})
    assert same.status_code == 304


@over_rows(("kind", "body"), HOSTILE.items(), ids=HOSTILE)
@over_rows("query", ["", "?download=1", "?download=0"])
async def test_what_a_browser_might_run_is_only_ever_saved(place: Gallery, kind: str, body: bytes, query: str) -> None:
    kept = await place.keep(body, "x.html", "text/html")
    assert kept["mime_type"] == kind
    for path in (path_of(kept["url"]), f"/files/{kept['id']}/content{query}"):
        answer = await place.client.get(path)
        assert (answer.status_code, answer.content) == (200, body)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")
        caged(answer)


async def test_pictures_are_shown_unless_asked_to_be_saved(place: Gallery) -> None:
    kept = await place.keep(PNG, "a.html", "text/html")
    shown = await place.client.get(f"/files/{kept['id']}/content")
    assert (shown.headers["content-type"], shown.headers["content-disposition"][:7]) == ("image/png", "inline;")
    saved = await place.client.get(f"/files/{kept['id']}/content?download=1")
    assert (saved.headers["content-type"], saved.headers["content-disposition"][:11]) == ("image/png", "attachment;")
    for answer in (shown, saved):
        caged(answer)


def caged(answer: httpx2.Response) -> None:
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]
    assert answer.headers.get_list("content-security-policy") == ["sandbox; default-src 'none'"]
    assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]


@pytest.mark.parametrize("name", NAMES)
async def test_no_name_breaks_out_of_its_header(place: Gallery, name: str) -> None:
    kept = await place.keep(PNG)
    row = replace(await place.row(kept["id"]), filename=name)
    async with place.here.room.database().store.begin() as unit:
        await unit.files.save(row)
        await unit.commit()
    answer = await place.client.get(f"/files/{kept['id']}/content")
    assert answer.status_code == 200
    (told,) = answer.headers.get_list("content-disposition")
    assert "set-cookie" not in answer.headers
    assert told.isascii()
    assert told.isprintable()
    quoted = told.removeprefix('inline; filename="').partition('"')[0]
    assert quoted
    assert not set(quoted) & set('"\\/%')
    assert told.removeprefix(f'inline; filename="{quoted}"').startswith(("; filename*=UTF-8''", "")) or not told
    assert len(told) < 3000


async def test_every_state_of_a_variant_has_its_answer(place: Gallery) -> None:
    kept = await place.keep(PNG)
    for name, status in (("ready", "READY"), ("waiting", "PENDING"), ("broken", "FAILED")):
        await place.add_variant(kept["id"], name, name.encode(), status=VariantStatus[status], reason="it is too wide")
    content = f"/files/{kept['id']}/content"

    answer = await place.client.get(f"{content}?variant=ready")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, b"ready", "image/webp")
    assert answer.headers["content-disposition"] == 'inline; filename="a-ready.webp"'
    for name, code, detail in (
        ("waiting", "variant_not_ready", "is being made"),
        ("broken", "variant_failed", "it is too wide"),
        ("unheard-of", "variant_unknown", "no variant"),
    ):
        answer = await place.client.get(f"{content}?variant={name}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)
        assert detail in answer.json()["detail"]
        assert ("retry-after" in answer.headers) == (name == "waiting")
        assert answer.headers["cache-control"] == "no-store"


@over_rows("key", ["nothing", "../../etc/passwd", "%2e%2e/x", "a//b", "a%00b", "%ff", "x" * 5000, ""])
async def test_keys_that_lead_nowhere(place: Gallery, key: str) -> None:
    answer = await place.client.get(f"/blobs/{key}")
    assert answer.status_code in {404, 422}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_row_whose_blob_is_lost_is_not_found_rather_than_a_fault(place: Gallery) -> None:
    kept = await place.keep(PNG)
    await place.here.room.blobs().store.remove((await place.row(kept["id"])).key)
    assert (await place.client.get(path_of(kept["url"]))).status_code == 404


async def test_pages_of_other_origins_may_show_every_answer(place: Gallery) -> None:
    public, private = await place.keep(PNG), await place.keep(PNG, key=place.private_key)
    await place.add_variant(public["id"], "waiting", b"", status=VariantStatus.PENDING)
    by_key, by_id, closed = (path_of(public["url"]), f"/files/{public['id']}/content", path_of(private["url"]))
    asked = {
        f"{by_id}?variant=waiting": 404, f"{by_id}?variant=unheard-of": 404, "/blobs/nothing": 404, closed: 401,
        f"{closed}?expires=9999999999&signature=x": 403, by_key: 200, f"/files/{uuid4()}/content": 401,
    }  # fmt: skip
    for path, status in asked.items():
        answer = await place.client.get(path, headers={"Origin": "https://app.example"})
        assert answer.status_code == status, path
        assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"], path
        assert answer.headers["access-control-allow-origin"] == "*", path
    beyond = await place.client.get(by_key, headers={"Range": "bytes=999999-"})
    assert (beyond.status_code, beyond.headers["cross-origin-resource-policy"]) == (416, "cross-origin")
    other = await place.client.get(f"/files/{public['id']}")
    assert other.headers["cross-origin-resource-policy"] == "same-origin"


@asynccontextmanager
async def sending_on(place: Gallery, clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the same place whose bytes lie in a bucket."""
    doors = place.here.room.doors()
    location = S3Location("https://s3.example", "eu-1", "me", "secret", "bucket")
    responses = BlobResponses(place.here.room.blobs().store, clock, MinioLinks(location, clock))
    door = replace(doors.content(), responses=responses)
    app = create_app([door], edge=EdgeConfig(public_url="http://darkroom.test"), authenticator=doors.authenticator())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://darkroom.test") as client:
        yield client


async def test_all_in_the_same_hour_are_sent_to_the_same_place_which_holds_for_as_long_as_they_remember(
    place: Gallery,
) -> None:
    kept, clock = await place.keep(PNG), ManualClock(datetime(2026, 1, 1, 10, 0, tzinfo=UTC))
    path, targets = path_of(kept["url"]), set[str]()
    async with sending_on(place, clock) as client:
        for minutes in (0, 1, 58):
            clock.advance(timedelta(minutes=minutes))
            answer = await client.get(path)
            targets.add(answer.headers["location"])
            name, _, seconds = answer.headers["cache-control"].partition("max-age=")
            assert name == "public, "
            asked = parse_qs(urlsplit(answer.headers["location"]).query)
            ends = datetime.strptime(asked["X-Amz-Date"][0], "%Y%m%dT%H%M%S%z") + timedelta(hours=2)
            forgotten = clock.now() + timedelta(seconds=int(seconds))
            assert timedelta(0) < ends - forgotten <= timedelta(minutes=1)
        assert len(targets) == 1
        clock.advance(timedelta(minutes=1))
        targets.add((await client.get(path)).headers["location"])
        assert len(targets) == 2


async def test_what_lies_behind_an_id_is_asked_for_each_time_and_found_at_the_same_place(place: Gallery) -> None:
    kept, clock = await place.keep(PNG), ManualClock(datetime(2026, 1, 1, 10, 0, tzinfo=UTC))
    closed = await place.keep(PNG, key=place.private_key)
    async with sending_on(place, clock) as client:
        answers = [await client.get(f"/files/{kept['id']}/content") for _ in range(2)]
        assert {answer.headers["cache-control"] for answer in answers} == {"public, no-cache"}
        assert len({answer.headers["location"] for answer in answers}) == 1
        answer = await client.get(path_of(closed["url"]), headers=place.private_key)
        assert answer.headers["cache-control"] == "private, no-cache"
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        assert query["response-cache-control"] == ["private, max-age=31536000, immutable"]


@pytest.mark.parametrize("seconds", [60, 86400])
async def test_who_has_a_link_may_keep_what_it_gave_for_as_long_as_it_is_good(place: Gallery, seconds: int) -> None:
    kept = await place.keep(PNG, key=place.private_key)
    body = {"expires_in": seconds}
    link = await place.client.post(f"/files/{kept['id']}/links", json=body, headers=place.private_key)
    address = link.json()["url"].removeprefix(ORIGIN)
    answers = [await place.client.get(address)]
    async with sending_on(place, ManualClock(place.here.room.clock().now())) as client:
        answers.append(await client.get(address))
    assert [answer.status_code for answer in answers] == [200, 302]
    for answer in answers:
        name, _, age = answer.headers["cache-control"].partition("max-age=")
        assert name == "private, "
        assert min(seconds, 3600) - 30 < int(age) <= min(seconds, 3600)


@pytest.mark.parametrize("url", ["key", "id"])
async def test_a_store_that_can_be_asked_directly_is_pointed_to(place: Gallery, url: str) -> None:
    clock = ManualClock()
    kept = await place.keep(b"<script>", "写真.html")
    row = await place.row(kept["id"])
    path = path_of(kept["url"]) if url == "key" else f"/files/{kept['id']}/content?download=1"

    async with sending_on(place, clock) as client:
        answer, headers = await client.get(path), await client.head(path)

    assert answer.status_code == 302
    assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
    target = urlsplit(answer.headers["location"])
    assert (target.scheme, target.netloc) == ("https", "s3.example")
    assert target.path == f"/bucket/{quote(row.key)}"
    query = parse_qs(target.query)
    assert query["response-content-type"] == ["application/octet-stream"]
    assert query["response-content-disposition"][0].startswith("attachment;")
    assert query["response-cache-control"] == [FOREVER]
    assert query["X-Amz-Expires"] == ["7200"]
    assert (headers.status_code, headers.headers["content-length"]) == (200, "8"), "the link is signed for GET alone"


async def test_a_key_that_was_given_up_leads_on_for_now(place: Gallery) -> None:
    kept = await place.keep(PNG)
    first = await place.add_variant(kept["id"], "thumb", b"first")
    second = await place.add_variant(kept["id"], "thumb", b"second", recipe="r2", key=f"made/again/{kept['id']}.webp")
    for method in ("GET", "HEAD"):
        answer = await place.client.request(method, f"/blobs/{first.key}")
        assert (answer.status_code, answer.headers["cache-control"]) == (302, "no-store")
        assert answer.headers.get_list("cross-origin-resource-policy") == ["cross-origin"]
        there = path_of(answer.headers["location"])
        assert there == f"/blobs/{second.key}"
    answer = await place.client.get(there)
    assert (answer.content, answer.headers["cache-control"]) == (b"second", FOREVER)

    async with place.here.room.database().store.begin() as unit:
        await unit.files.save_variants(first.file_id, [], drop=["thumb"])
        await unit.commit()
    for key in (first.key, second.key):
        answer = await place.client.get(f"/blobs/{key}")
        assert (answer.status_code, answer.json()["code"]) == (404, "variant_unknown")


@pytest.mark.parametrize("whose", ["public", "private"])
async def test_a_link_opens_its_file_to_anybody(place: Gallery, whose: str) -> None:
    key = place.public_key if whose == "public" else place.private_key
    kept = await place.keep(PNG, "me.png", key=key)
    await place.add_variant(kept["id"], "thumb", b"small")
    for asked, body, disposition in (
        ({}, PNG, "inline"),
        ({"variant": "thumb", "expires_in": 60}, b"small", "inline"),
        ({"download": True, "variant": None}, PNG, "attachment"),
    ):
        made = await place.client.post(f"/files/{kept['id']}/links", json=asked, headers=key)
        assert made.status_code == 201, made.text
        url = made.json()["url"].removeprefix(ORIGIN)
        for headers in ({}, place.here.headers["stranger"], place.here.headers["foreign_key"]):
            answer = await place.client.get(url, headers=headers)
            assert (answer.status_code, answer.content) == (200, body)
            assert answer.headers["content-disposition"].startswith(disposition)
            assert answer.headers["cache-control"].startswith(
                "public, no-cache" if whose == "public" else "private, max-age="
            )
        part = await place.client.get(url, headers={"Range": "bytes=0-1"})
        assert (part.status_code, part.content) == (206, body[:2])
        assert (await place.client.head(url)).status_code == 200


async def test_a_link_that_is_over_or_was_never_made_is_refused_not_asked_to_sign_in(place: Gallery) -> None:
    kept = await place.keep(PNG, key=place.private_key)
    made = await place.client.post(f"/files/{kept['id']}/links", json={}, headers=place.private_key)
    url = made.json()["url"].removeprefix(ORIGIN)
    for wrong in (f"{url}x", f"{url}&variant=thumb", url.replace("expires=", "expires=9"), url.partition("&")[0]):
        for headers in ({}, place.here.headers["stranger"]):
            answer = await place.client.get(wrong, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "link_invalid"), wrong
        assert (await place.client.get(wrong, headers=place.private_key)).status_code in {200, 404}
    links = place.here.room.media().share_content().links
    signed = await links.sign(
        caller_named(place.here, "owner"), UUID(kept["id"]), None, expires=1_000_000, download=False
    )
    over = f"/files/{kept['id']}/content?expires=1000000&by={signed.by}&signature={signed.seal}"
    answer = await place.client.get(over)
    assert (answer.status_code, answer.json()["code"]) == (403, "link_expired")
    assert "1970-01-12T13:46:40Z" in answer.json()["detail"]
    absent = await place.client.get(over.replace(kept["id"], str(uuid4())))
    assert (absent.status_code, absent.json()["code"]) == (403, "link_invalid")


@pytest.mark.parametrize("query", ["expires=-1", "expires=x", f"expires={'9' * 20}", "signature=" + "x" * 101])
async def test_no_link_at_all(place: Gallery, query: str) -> None:
    kept = await place.keep(PNG, key=place.private_key)
    assert (await place.client.get(f"/files/{kept['id']}/content?{query}")).status_code == 422


async def test_many_parts_of_one_file_make_it_whole_again(place: Gallery) -> None:
    body = bytes(range(256)) * 3000
    kept = await place.keep(body)
    path, parts = path_of(kept["url"]), []
    for start in range(0, len(body), 100_000):
        answer = await place.client.get(path, headers={"Range": f"bytes={start}-{start + 99_999}"})
        parts.append(answer.content)
    assert b"".join(parts) == body


@pytest.mark.parametrize("step", ["stat", "read"])
async def test_a_picture_that_is_replaced_meanwhile_is_answered_by_its_successor(
    place: Gallery, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.here.room.blobs().store

    async def overtaken() -> tuple[str, Variant]:
        file_id = (await place.keep(PNG))["id"]
        old, stat, read = await place.add_variant(file_id, "thumb", b"old"), store.stat, store.read

        async def overtake() -> None:
            monkeypatch.undo()
            await place.add_variant(file_id, "thumb", b"new", key=f"made/again/{file_id}.webp", recipe="r2")
            await store.remove(old.key)

        async def late_stat(_: object, key: str) -> BlobInfo:
            await overtake()
            return await stat(key)

        async def late_read(_: object, key: str, **part: int) -> AsyncIterator[bytes]:
            await overtake()
            async for chunk in read(key, **part):
                yield chunk

        monkeypatch.setattr(type(store), step, late_stat if step == "stat" else late_read)
        return file_id, old

    file_id, _ = await overtaken()
    by_id = await place.client.get(f"/files/{file_id}/content?variant=thumb")
    assert (by_id.status_code, by_id.content) == (200, b"new")

    _, old = await overtaken()
    by_address = await place.client.get(f"/blobs/{old.key}")
    assert by_address.status_code == 302
    assert (await place.client.get(path_of(by_address.headers["location"]))).content == b"new"
