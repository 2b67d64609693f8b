"""What every store that browsers talk to promises; asked over real HTTP, as a page's browser would."""

import pytest

from application.ports.blob_store import BlobStore
from application.ports.browser_access import BrowserAccess
from application.ports.direct_links import DirectLinks
from tests.unit.contracts.blob_store import BODY, put
from tests.unit.contracts.direct_links import asked

APP, OTHER = "https://app.example", "https://other.example"


@pytest.mark.anyio
class BrowserAccessContract:
    """Collected through a subclass with the fixtures `store` (empty), `links` and `browsers` (of the same store)."""

    async def test_nobody_is_let_in_before(self, store: BlobStore, browsers: BrowserAccess) -> None:
        await put(store, "a")
        assert not await browsers.allows(APP)

    async def test_those_that_are_named_are(self, store: BlobStore, browsers: BrowserAccess) -> None:
        await put(store, "a")
        await browsers.allow([APP, "http://localhost:5173"])
        assert await browsers.allows(APP)
        assert await browsers.allows("http://localhost:5173")
        assert not await browsers.allows(OTHER)

    async def test_what_was_allowed_before_is_so_no_longer(self, store: BlobStore, browsers: BrowserAccess) -> None:
        await put(store, "a")
        for origin in (APP, OTHER):
            await browsers.allow([origin])
        assert await browsers.allows(OTHER)
        assert not await browsers.allows(APP)

    async def test_a_star_is_everybody(self, store: BlobStore, browsers: BrowserAccess) -> None:
        await put(store, "a")
        await browsers.allow(["*"])
        assert await browsers.allows(APP)
        assert await browsers.allows(OTHER)

    async def test_can_be_the_first_thing_that_happens(self, browsers: BrowserAccess) -> None:
        await browsers.allow([APP])
        assert await browsers.allows(APP)

    async def test_a_page_reads_parts_and_sends_uploads(
        self, store: BlobStore, links: DirectLinks, browsers: BrowserAccess
    ) -> None:
        await put(store, "a")
        await browsers.allow([APP])
        link = await links.download("a", expires_in=60, disposition="inline", content_type="image/png")
        answer = await asked("GET", link.url, {"Origin": APP, "Range": "bytes=0-9"})
        assert (answer.status, answer.body) == (206, BODY[:10])
        assert answer.headers["access-control-allow-origin"] == APP
        exposed = answer.headers["access-control-expose-headers"].lower()
        assert "etag" in exposed
        assert "content-range" in exposed
        upload = await links.upload("b", expires_in=60, size=len(BODY), content_type="image/png")
        sent = await asked("PUT", upload.url, {**upload.headers, "Origin": APP}, BODY)
        assert (sent.status, sent.headers["access-control-allow-origin"]) == (200, APP)
