"""Files on their way to a Darkroom that is busy, away, or does not want them."""

import asyncio
import gzip
import socket
import threading
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.access import KeyScope
from entrypoints.cli import sending
from entrypoints.cli.sending import LARGEST_ANSWER, TRIES, NotSent, Outcome, Result, SendAs, Sending, _measured
from entrypoints.cli.speech import plain
from entrypoints.cli.upload import files_below, send_each
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.entrypoints.cli.typed import Darkroom
from tests.unit.entrypoints.http.gallery import Gallery, gallery
from tests.unit.entrypoints.world import add_key, world

pytestmark = pytest.mark.anyio

JPEG = encoded(quarters((40, 30)), "image/jpeg")
Trouble = Callable[[httpx2.Request], httpx2.Response | None]


class Troubled(httpx2.AsyncBaseTransport):
    """The way to the server, with trouble before, or behind, each request."""

    def __init__(self, behind: httpx2.AsyncBaseTransport) -> None:
        self._behind = behind
        self.before: list[Trouble] = []
        self.after: list[Trouble] = []
        self.asked: list[httpx2.Request] = []
        self.lost: list[httpx2.TransportError] = []

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.asked.append(request)
        if self.lost:
            raise self.lost.pop()
        if request.method == "POST" and self.before and (answer := self.before.pop(0)(request)):
            return answer
        answer = await self._behind.handle_async_request(request)
        if request.method == "POST" and self.after and (instead := self.after.pop(0)(request)):
            await answer.aread()
            return instead
        return answer


class Here:
    """A gallery, and somebody who sends files to it."""

    def __init__(self, place: Gallery, key: dict[str, str], send_as: SendAs = SendAs.AUTOMATIC) -> None:
        self.place = place
        self.way = Troubled(place.client._transport)
        self.moved = 0
        self.waited: list[float] = []
        client = httpx2.AsyncClient(transport=self.way, base_url="http://darkroom.test", headers=key)
        self.send = Sending(client, None, send_as, self._count, self._wait)

    def _count(self, size: int) -> None:
        self.moved += size

    async def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)

    @property
    def posts(self) -> list[httpx2.Request]:
        return [request for request in self.way.asked if request.method == "POST"]


@pytest.fixture
async def here() -> AsyncIterator[Here]:
    async with world() as made:
        place = await gallery(made)
        yield Here(place, place.public_key)


def busy(status: int, **headers: str) -> Trouble:
    return lambda _: httpx2.Response(status, headers={k.replace("_", "-"): v for k, v in headers.items()})


def gone(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ReadError("gone", request=request)


def file(folder: Path, content: bytes, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


async def test_the_bytes_decide_what_is_a_picture(here: Here, tmp_path: Path) -> None:
    picture = await here.send(file(tmp_path, JPEG, "picture.txt"))
    words = await here.send(file(tmp_path, b"words", "words.jpg"))
    assert (picture.result, words.result) == (Result.UPLOADED, Result.UPLOADED)
    assert [request.url.path for request in here.posts] == ["/upload/image", "/upload/file"]
    row = await here.place.row(str(picture.id))
    assert (row.filename, row.sha256, row.size) == ("picture.txt", picture.sha256, picture.size)
    assert here.moved == len(JPEG) + len(b"words")


@pytest.mark.parametrize(("send_as", "door"), [(SendAs.FILE, "/upload/file"), (SendAs.IMAGE, "/upload/image")])
async def test_unless_it_is_said(here: Here, tmp_path: Path, send_as: SendAs, door: str) -> None:
    here.send.send_as = send_as
    assert (await here.send(file(tmp_path, JPEG))).result is Result.UPLOADED
    assert [request.url.path for request in here.posts] == [door]
    words = await here.send(file(tmp_path, b"words", "b"))
    assert words.result is (Result.UPLOADED if send_as is SendAs.FILE else Result.FAILED)


async def test_what_is_there_is_not_sent_again(here: Here, tmp_path: Path) -> None:
    first = await here.send(file(tmp_path, b"words"))
    again = await here.send(file(tmp_path, b"words", "under another name"))
    assert (again.result, again.id, again.url) == (Result.SKIPPED, first.id, first.url)
    assert len(here.posts) == 1
    assert here.moved == 10


async def test_the_same_bytes_twice_at_once_are_sent_once(here: Here, tmp_path: Path) -> None:
    paths = [file(tmp_path, b"words", name) for name in "abcdef"]
    told: list[Outcome] = []
    await send_each(paths, here.send, told.append, 4)
    assert sorted(outcome.result for outcome in told) == [Result.SKIPPED] * 5 + [Result.UPLOADED]
    assert len(here.posts) == 1


@pytest.mark.parametrize(("status", "waits", "waited"), [(503, "7", 7.0), (429, "2", 2.0), (503, "9999", 60.0)])
async def test_a_busy_server_is_asked_again_when_it_says(
    here: Here, tmp_path: Path, status: int, waits: str, waited: float
) -> None:
    here.way.before = [busy(status, Retry_After=waits), busy(status), busy(status, Retry_After="tomorrow")]
    assert (await here.send(file(tmp_path, b"words"))).result is Result.UPLOADED
    assert here.waited == [waited, 2.0, 4.0]
    assert len({request.headers["Idempotency-Key"] for request in here.posts}) == 1


async def test_an_answer_that_was_lost_is_asked_for_again(here: Here, tmp_path: Path) -> None:
    here.way.after = [gone]
    before = len(here.place.rows.files)
    outcome = await here.send(file(tmp_path, b"words"))
    assert outcome.result is Result.UPLOADED
    assert len(here.posts) == 2
    assert len(here.place.rows.files) == before + 1
    assert here.moved == 5


async def test_who_never_answers_is_given_up(here: Here, tmp_path: Path) -> None:
    here.way.before = [gone] * TRIES
    outcome = await here.send(file(tmp_path, b"words"))
    assert outcome.result is Result.FAILED
    assert "does not answer" in (outcome.error or "")
    assert here.moved == 0


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"<html>no darkroom</html>"])
async def test_something_else_at_this_address(here: Here, tmp_path: Path, content: bytes) -> None:
    here.way.before = [lambda _: httpx2.Response(404, content=content)]
    outcome = await here.send(file(tmp_path, b"words"))
    assert "no Darkroom: it answered 404" in (outcome.error or "")


async def test_a_refusal_says_why(here: Here, tmp_path: Path) -> None:
    empty = await here.send(file(tmp_path, b""))
    assert (empty.result, empty.error) == (Result.FAILED, "the file is empty")
    missing = await here.send(tmp_path / "missing")
    assert (missing.result, missing.error) == (Result.FAILED, "No such file or directory")
    assert missing.facts() == {"path": str(tmp_path / "missing"), "result": "failed", "size": 0, "error": missing.error}


async def test_a_picture_this_installation_cannot_read_is_kept_as_it_is(here: Here, tmp_path: Path) -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)
    assert (await here.send(file(tmp_path, heic))).result in {Result.UPLOADED, Result.FAILED}
    doors = [request.url.path for request in here.posts]
    assert doors[0] == "/upload/image"


async def test_a_key_that_may_only_write_sends_everything(tmp_path: Path) -> None:
    async with world() as made:
        place = await gallery(made)
        here = Here(place, await add_key(made, place.public, frozenset({KeyScope.WRITE})))
        outcomes = [await here.send(file(tmp_path, b"words")) for _ in range(2)]
    assert [outcome.result for outcome in outcomes] == [Result.UPLOADED] * 2


async def test_no_more_at_once_than_was_said() -> None:
    busy_now = most = 0

    async def send(path: Path) -> Outcome:
        nonlocal busy_now, most
        busy_now += 1
        most = max(most, busy_now)
        await asyncio.sleep(0.001)
        busy_now -= 1
        return Outcome(path, Result.UPLOADED)

    told: list[Any] = []
    await send_each([Path(str(n)) for n in range(20)], send, told.append, 3)
    assert most == 3
    assert sorted(int(str(outcome.path)) for outcome in told) == list(range(20))


def test_links_do_not_lead_out_of_the_folder_that_was_named(tmp_path: Path) -> None:
    folder, secret = tmp_path / "photos", tmp_path / "secret"
    for made in (folder / "b", tmp_path / "photos-too", secret):
        made.mkdir(parents=True)
    (folder / "a.txt").touch()
    for place in (secret / "key", tmp_path / "photos-too" / "near"):
        place.touch()
        (folder / "b" / place.name).symlink_to(place)
    (folder / "b" / "relative").symlink_to("../../secret/key")
    (folder / "all").symlink_to(secret)
    (tmp_path / "named").symlink_to(folder)
    for named in (folder, tmp_path / "named"):
        assert [path.name for path in files_below(named)] == ["a.txt"]
    assert list(files_below(folder / "b" / "key")) == [folder / "b" / "key"], "what is named itself is meant"


@pytest.mark.parametrize(
    "url",
    ["localhost:3000", "htp://x", "http://", "http://x:99999", "//x", "http://a b", "http://x/?q=1", "http://u:p@x"],
)
def test_a_malformed_address_is_one_line_at_once(
    darkroom: Darkroom, tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(tmp_path, b"words")
    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("it is looked for"))
        refusal = darkroom("upload", str(tmp_path / "a.txt"), "--url", url, "--key", "dk_x").refusal
    assert refusal.startswith("darkroom: --url ")


def test_a_server_that_stays_away_is_one_line(
    darkroom: Darkroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        monkeypatch.setattr(sending, "TRIES", 1)
        refusal = darkroom("upload", str(file(tmp_path, b"words")), "--url", url, "--key", "dk_x").refusal
    assert refusal.startswith(f"darkroom: {url} does not answer: ")


async def test_a_server_that_is_away_is_named_once_and_asked_again(here: Here) -> None:
    told: list[str] = []
    here.send.warn = told.append
    away = httpx2.ConnectError("Connection refused")
    here.way.lost = [away] * (TRIES - 1)
    await here.send.reach()
    assert [("http://darkroom.test" in line, "Connection refused" in line) for line in told] == [(True, True)]
    assert len(here.waited) == TRIES - 1
    here.way.lost = [away]
    await here.send.reach()
    assert len(told) == 2, "it was there in between"
    here.way.lost = [away] * TRIES
    with pytest.raises(NotSent, match=r"http://darkroom\.test.*Connection refused"):
        await here.send.reach()


async def test_any_answer_at_all_is_an_answer(here: Here) -> None:
    here.place.client._transport = httpx2.MockTransport(lambda _: httpx2.Response(404))
    await here.send.reach()


async def test_a_cancelled_reading_ends_its_thread(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as large:
        large.truncate(1 << 40)
    before = threading.active_count()
    reading = asyncio.create_task(_measured(tmp_path / "large"))
    await asyncio.sleep(0.1)
    reading.cancel()
    await asyncio.wait([reading])
    async with asyncio.timeout(5):
        await asyncio.get_running_loop().shutdown_default_executor()
    assert threading.active_count() <= before


def test_a_folder_with_all_that_is_in_it(tmp_path: Path) -> None:
    for name in ("b/c/deep.txt", "a.txt", ".hidden", "b/.git/config", "b/写真.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "nowhere").symlink_to("missing")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "c.txt").symlink_to("b/写真.jpg")
    found = [str(path.relative_to(tmp_path)) for path in files_below(tmp_path)]
    assert found == ["a.txt", "c.txt", "b/写真.jpg", "b/c/deep.txt"]
    assert list(files_below(tmp_path / ".hidden")) == [tmp_path / ".hidden"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"id": null}',
        b'{"id": 7, "url": "http://x/"}',
        b'{"id": "a"}',
        b'["id"]',
        b"[" * 200_000,
        b"9" * 6_000,
        b'{"id": "a", "url": "http://x/"}' + b" " * LARGEST_ANSWER,
    ],
    ids=["nothing", "empty", "null", "number", "half", "list", "deep", "long number", "endless"],
)
async def test_a_server_that_talks_nonsense_costs_one_file_and_not_the_run(
    here: Here, tmp_path: Path, body: bytes
) -> None:
    (tmp_path / "a.bin").write_bytes(b"abc")
    here.way.before = [lambda _: httpx2.Response(200, content=body)]
    outcome = await here.send(tmp_path / "a.bin")
    assert (outcome.result, "no Darkroom" in (outcome.error or "")) == (Result.FAILED, True)


@pytest.mark.slow
async def test_an_answer_is_not_unpacked(here: Here, tmp_path: Path) -> None:
    bomb = gzip.compress(b" " * (64 << 20))

    class Packed(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(bomb))

    (tmp_path / "a.bin").write_bytes(b"abc")
    here.send.client = httpx2.AsyncClient(transport=Packed(), base_url="http://darkroom.test")
    tracemalloc.start()
    outcome = await here.send(tmp_path / "a.bin")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outcome.result is Result.FAILED
    assert most < 16 << 20


def test_what_a_server_says_is_shown_and_not_acted_on() -> None:
    assert plain("a\x1b]0;b\x07\x9b31m\u202e\ud800é") == "a ]0;b  31m  é"
