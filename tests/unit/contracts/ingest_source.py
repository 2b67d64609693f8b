"""What every source promises."""

import pytest

from application.ports.ingest_sources import IngestSource, SourceChanged, SourceMissing, SourceObject

BODIES = {
    "a.mp4": b"film",
    "b/c d/ü – 🖼.wav": b"sound" * 100_000,
    "b/empty": b"",
    "z.jpg": b"picture",
}


async def listed(source: IngestSource) -> dict[str, SourceObject]:
    return {each.key: each async for each in source.list()}


async def body_of(source: IngestSource, wanted: SourceObject) -> bytes:
    return b"".join([chunk async for chunk in source.read(wanted)])


class IngestSourceContract:
    """Suite for `IngestSource`; a subclass brings `source`, holding `BODIES`, and `put` and `remove`."""

    async def put(self, source: IngestSource, key: str, body: bytes) -> None:
        """As its owner does."""
        raise NotImplementedError

    async def remove(self, source: IngestSource, key: str) -> None:
        """As its owner does."""
        raise NotImplementedError

    async def test_everything_is_listed_and_read(self, source: IngestSource) -> None:
        found = await listed(source)
        assert {key: each.size for key, each in found.items()} == {key: len(body) for key, body in BODIES.items()}
        assert {key: await body_of(source, each) for key, each in found.items()} == BODIES
        assert [await source.stat(key) for key in found] == list(found.values())
        assert await listed(source) == found, "looking changes nothing"

    async def test_an_etag_changes_with_the_bytes(self, source: IngestSource) -> None:
        before = (await listed(source))["a.mp4"]
        await self.put(source, "a.mp4", b"tape")
        after = (await listed(source))["a.mp4"]
        assert after != before
        with pytest.raises(SourceChanged):
            await body_of(source, before)
        assert await body_of(source, after) == b"tape"

    async def test_what_changes_while_it_is_read_is_told(self, source: IngestSource) -> None:
        key = "b/c d/ü – 🖼.wav"
        reading = source.read(await source.stat(key))
        await anext(reading)
        await self.put(source, key, b"other" * 100_000)
        with pytest.raises(SourceChanged):
            async for _ in reading:
                pass

    async def test_what_is_not_there_is_missing(self, source: IngestSource) -> None:
        gone = await source.stat("z.jpg")
        await self.remove(source, "z.jpg")
        assert "z.jpg" not in await listed(source)
        for key in ("z.jpg", "nothing", "b", "../a.mp4", "a.mp4/x"):
            with pytest.raises(SourceMissing):
                await source.stat(key)
        with pytest.raises((SourceMissing, SourceChanged)):
            await body_of(source, gone)
