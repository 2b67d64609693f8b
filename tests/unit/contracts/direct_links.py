"""What every store that signs links promises; asked over real HTTP, as a stranger would."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import anyio
import pytest
from anyio import to_thread

from application.ports.blob_store import BlobMissing, BlobStore
from application.ports.direct_links import DirectLinks
from domain.errors import Invalid
from tests.unit.contracts.blob_store import AWKWARD, BODY, REFUSED, put, read_all

PNG = "image/png"
REFUSALS = {400, 403, 404, 411}


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    """One request with exactly these headers, whether or not they fit the body."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc, timeout=20)
    try:
        connection.putrequest(method, f"{place.path}?{place.query}", skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, response.read())
    finally:
        connection.close()


async def asked(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
    return await to_thread.run_sync(ask, method, url, headers, body)


@pytest.mark.anyio
class DirectLinksContract:
    """Collected through a subclass with the fixtures `store` (empty) and `links` (to the same store)."""

    async def test_a_download_answers_as_the_link_says(self, store: BlobStore, links: DirectLinks) -> None:
        await put(store, "a/b")
        disposition = "attachment; filename=\"a 'b'.png\"; filename*=UTF-8''%C3%A9%2B.png"
        link = await links.download("a/b", expires_in=60, disposition=disposition, content_type="image/png; x=1")
        answer = await asked(link.method, link.url, link.headers)
        assert (link.method, answer.status, answer.body) == ("GET", 200, BODY)
        assert answer.headers["content-disposition"] == disposition
        assert answer.headers["content-type"] == "image/png; x=1"
        part = await asked("GET", link.url, {"Range": "bytes=10-19"})
        assert (part.status, part.body) == (206, BODY[10:20])

    async def test_links_of_the_same_moment_are_the_same(self, store: BlobStore, links: DirectLinks) -> None:
        await put(store, "a")
        since = datetime.now(UTC) - timedelta(minutes=30)
        asks = {"disposition": "inline", "content_type": PNG, "cache_control": "private, max-age=9"}
        first, second = [await links.download("a", expires_in=3600, since=since, **asks) for _ in range(2)]
        assert first == second
        assert timedelta(minutes=29) < first.expires_at - datetime.now(UTC) <= timedelta(minutes=30)
        answer = await asked("GET", first.url)
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, max-age=9")
        over = await links.download("a", expires_in=60, since=since, **asks)
        assert (await asked("GET", over.url)).status == 403

    @pytest.mark.parametrize("key", AWKWARD)
    async def test_links_lead_to_awkward_keys(self, store: BlobStore, links: DirectLinks, key: str) -> None:
        await store.check()
        upload = await links.upload(key, expires_in=60, size=len(BODY), content_type=PNG)
        assert (await asked("PUT", upload.url, upload.headers, BODY)).status == 200
        assert await read_all(store.read(key)) == BODY
        link = await links.download(key, expires_in=60, disposition="inline", content_type=PNG)
        assert (await asked("GET", link.url)).body == BODY

    @pytest.mark.parametrize("size", [0, 1, len(BODY)])
    async def test_an_upload_of_exactly_this_is_taken(self, store: BlobStore, links: DirectLinks, size: int) -> None:
        await store.check()
        link = await links.upload("a/b", expires_in=60, size=size, content_type=PNG)
        assert link.method == "PUT"
        answer = await asked("PUT", link.url, link.headers, BODY[:size])
        assert answer.status == 200, answer.body
        assert await read_all(store.read("a/b")) == BODY[:size]

    @pytest.mark.parametrize("size", [0, 9, 11, 1000])
    async def test_an_upload_of_another_length_is_refused(
        self, store: BlobStore, links: DirectLinks, size: int
    ) -> None:
        await store.check()
        link = await links.upload("a", expires_in=60, size=10, content_type=PNG)
        headers = {**link.headers, "Content-Length": str(size)}
        assert (await asked("PUT", link.url, headers, BODY[:size])).status == 403
        with pytest.raises(BlobMissing):
            await store.stat("a")

    @pytest.mark.parametrize("content_type", ["text/html", "image/pngx", "image/svg+xml", "", None])
    async def test_an_upload_of_another_type_is_refused(
        self, store: BlobStore, links: DirectLinks, content_type: str | None
    ) -> None:
        await store.check()
        link = await links.upload("a", expires_in=60, size=10, content_type=PNG)
        headers = {"Content-Length": "10"} | ({} if content_type is None else {"Content-Type": content_type})
        assert (await asked("PUT", link.url, headers, BODY[:10])).status == 403
        with pytest.raises(BlobMissing):
            await store.stat("a")

    async def test_an_upload_that_hides_its_length_is_refused(self, store: BlobStore, links: DirectLinks) -> None:
        await store.check()
        link = await links.upload("a", expires_in=60, size=10, content_type=PNG)
        headers = {"Transfer-Encoding": "chunked", "Content-Type": PNG}
        answer = await asked("PUT", link.url, headers, b"14\r\n" + b"x" * 20 + b"\r\n0\r\n\r\n")
        assert answer.status in REFUSALS
        with pytest.raises(BlobMissing):
            await store.stat("a")

    async def test_a_link_opens_one_blob_in_one_way(self, store: BlobStore, links: DirectLinks) -> None:
        await put(store, "a")
        await put(store, "b")
        download = await links.download("a", expires_in=60, disposition="inline", content_type=PNG)
        upload = await links.upload("c", expires_in=60, size=5, content_type=PNG)
        for method, url in [
            ("GET", download.url.replace("/a?", "/b?")),
            ("DELETE", download.url),
            ("PUT", download.url),
            ("GET", download.url.replace("inline", "attachment")),
            ("GET", download.url.replace("Expires=60", "Expires=600")),
            ("GET", upload.url),
            ("GET", download.url.partition("?")[0] + "?"),
        ]:
            assert (await asked(method, url, {"Content-Length": "0"})).status == 403
        assert (await asked("PUT", upload.url.replace("/c?", "/a?"), upload.headers, b"12345")).status == 403
        assert await read_all(store.read("a")) == BODY

    async def test_a_link_expires(self, store: BlobStore, links: DirectLinks) -> None:
        await put(store, "a")
        link = await links.download("a", expires_in=1, disposition="inline", content_type=PNG)
        assert link.expires_at - datetime.now(UTC) <= timedelta(seconds=1)
        assert (await asked("GET", link.url)).status == 200
        await anyio.sleep(2.1)
        assert (await asked("GET", link.url)).status == 403

    async def test_a_blob_need_not_exist(self, store: BlobStore, links: DirectLinks) -> None:
        await store.check()
        link = await links.download("not/there", expires_in=60, disposition="inline", content_type=PNG)
        assert (await asked("GET", link.url)).status == 404

    @pytest.mark.parametrize("key", REFUSED)
    async def test_bad_keys_get_no_link(self, links: DirectLinks, key: str) -> None:
        with pytest.raises(Invalid):
            await links.download(key, expires_in=60, disposition="inline", content_type=PNG)
        with pytest.raises(Invalid):
            await links.upload(key, expires_in=60, size=1, content_type=PNG)

    async def test_headers_cannot_be_smuggled(self, links: DirectLinks) -> None:
        for bad in ["image/png\r\nX-Evil: 1", "naïve", "nul\x00"]:
            with pytest.raises(Invalid):
                await links.upload("a", expires_in=60, size=1, content_type=bad)
            with pytest.raises(Invalid):
                await links.download("a", expires_in=60, disposition=bad, content_type=PNG)
