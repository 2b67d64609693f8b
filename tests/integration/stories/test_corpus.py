"""The shared corpus of odd and hostile files, through the doors of a running Darkroom; skipped where it is not here."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from domain.sniffing import HEIC_TYPES, IMAGE_TYPES_TAKEN, SNIFF_BYTES, sniff
from tests.integration.faults.places import Place, furnish, on_a_laptop, until
from tests.scenes import engine_for, left_in
from tests.servers import http
from tests.unit.adapters.corpus import ALL_DECODED, CORPUS, MANIFEST, NONE_DECODED

VARIANTS = {
    "thumb": {"format": "webp", "width": 150, "height": 150, "fit": "cover"},
    "medium": {"format": "jpeg", "width": 320, "height": 320},
}
PATIENCE = 120
AT_ONCE = 4
READY, FAILED, NO_PICTURE, REFUSED = "ready", "failed", "415", "422"
ANY = {READY, FAILED, NO_PICTURE, REFUSED}
BROKEN = {FAILED, NO_PICTURE, REFUSED}
# What the words of the manifest mean for whoever uploads a picture.
MEANING = {
    "decoded": {READY},
    "decoded or clean 415": {READY, NO_PICTURE},
    "GPS/serial/thumbnail removed from every derivative": {READY},
    "upright output; Orientation tag cleared; all 8 equal within tolerance": {READY},
    "rejected": BROKEN,
    "rejected, never crash": BROKEN,
    "422 from the header alone; no full decode; under 1 CPU second": {NO_PICTURE, REFUSED},
    "415/422 within the time limit": {NO_PICTURE, REFUSED},
    "rejected or decoded; the worker survives; the job ends": ANY,
    "rejected or first frame; no crash; time-limited": {NO_PICTURE},
    "either rejected or re-encoded; original only served as attachment + nosniff from the blob origin": ANY,
    "documented choice (reject, or decode with warning flag) - same every run": ANY,
}
BROKEN_FOR_SURE = (
    "msie-zlib-dos.png",  # called a bomb, and yet 32 pixels square: only its compressed data are broken
    "mathiasbynens_small__gif.gif",  # called valid, and yet a canvas without a picture
    "imgproxy_test-images__tiff__4-bpp-grayscale.tiff",  # called valid, and yet libtiff cannot read it to its end
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MANIFEST.exists(), reason=f"no corpus in {CORPUS}"),
]


@dataclass(frozen=True)
class Sample:
    """A line of the manifest."""

    category: str
    expected: str
    path: Path

    @property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @property
    def mime(self) -> str:
        return sniff(self.content[:SNIFF_BYTES]).mime

    @property
    def may_become(self) -> set[str]:
        """How it may end as a picture."""
        known = {name for names in NONE_DECODED.values() for name in names}
        if any(self.path.name.endswith(name) for name in known):
            return ANY
        return BROKEN if self.path.name.endswith(BROKEN_FOR_SURE) else MEANING[self.expected]


def samples() -> Iterator[Sample]:
    for line in MANIFEST.read_text().splitlines()[1:]:
        category, expected, _, file = line.split("\t")
        yield Sample(category, expected, CORPUS / file)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = on_a_laptop(tmp_path).with_settings(JOB_LEASE="30", WORKER_CONCURRENCY="2", RENDER_TIMEOUT="20")
    furnish(place, VARIANTS)
    return place


@asynccontextmanager
async def client_of(place: Place) -> AsyncIterator[httpx2.AsyncClient]:
    limits = httpx2.Limits(max_connections=AT_ONCE)
    async with http.AsyncClient(base_url=place.url, headers=place.key, timeout=30, limits=limits) as client:
        yield client


async def for_each(things: list[Any], work: Callable[[Any], Awaitable[None]]) -> None:
    """A few at a time."""
    waiting = iter(things)

    async def hand() -> None:
        for thing in waiting:
            await work(thing)

    await asyncio.gather(*(hand() for _ in range(AT_ONCE)))


def test_every_file_ends_as_the_manifest_says(place: Place) -> None:
    with place.started("up") as child:
        until(lambda: "Worker | ready" in place.told("up") and is_ready(place))
        uploaded = asyncio.run(uploaded_as_pictures(place))
        until_all_ended(place)
        asyncio.run(check_outcomes(place, uploaded))
        asyncio.run(check_plain_files(place))
        until_all_ended(place)
        # It has come through all of that, and goes on working.
        place.until_settled(photo := place.uploaded())
        assert place.status(photo) == READY
        assert child.poll() is None
    told = place.told("up")
    assert "Traceback" not in told, told
    assert "res=5" not in told, told
    assert lives_lost(place) == 0
    assert left_in(place.folder / "data" / "decoders") == []
    place.check()


def is_ready(place: Place) -> bool:
    try:
        return http.get(f"{place.url}/health/ready", timeout=5).status_code == 200
    except httpx2.TransportError:
        return False


def lives_lost(place: Place) -> int:
    with engine_for(place.database).connect() as connection:
        return int(connection.execute(text("SELECT coalesce(sum(crashes), 0) FROM jobs")).scalar_one())


async def uploaded_as_pictures(place: Place) -> dict[str, Sample]:
    """Those that were let in, by their ids; the others were refused for what they are."""
    accepted: dict[str, Sample] = {}

    async with client_of(place) as client:

        async def upload(sample: Sample) -> None:
            answer = await client.post("/upload/image", files={"file": (sample.path.name, sample.content)})
            if answer.status_code == 200:
                assert sample.may_become & {READY, FAILED}, (sample, answer.text)
                accepted[answer.json()["id"]] = sample
                return
            assert str(answer.status_code) in sample.may_become, (sample, answer.text)
            taken = sample.mime in IMAGE_TYPES_TAKEN | HEIC_TYPES
            # HEIC is a picture only where its reader is installed.
            assert sample.mime in HEIC_TYPES or (answer.status_code == 415) == (not taken), (sample, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"

        await for_each(list(samples()), upload)
    return accepted


def until_all_ended(place: Place) -> None:
    """Nothing goes on, and nobody waits."""
    began = time.monotonic()
    until(
        lambda: all(job.status in {"completed", "failed"} for job in place.rows().jobs if job.file_id),
        PATIENCE,
        told=lambda: place.told("up"),
    )
    assert all(file.status in {READY, FAILED} for file in place.rows().files), "a file is stuck"
    assert time.monotonic() - began < PATIENCE


async def check_outcomes(place: Place, uploaded: dict[str, Sample]) -> None:
    """Files are what became of their jobs, and all there is of them can be looked at."""
    outcomes: dict[str, list[str]] = defaultdict(list)
    jobs = {str(job.file_id): job.status for job in place.rows().jobs}

    async with client_of(place) as client:

        async def look(file_id: str) -> None:
            sample = uploaded[file_id]
            file = (await client.get(f"/files/{file_id}")).raise_for_status().json()
            assert file["status"] in sample.may_become, (sample, file)
            assert (file["reason"] is not None) == (file["status"] == FAILED), (sample, file)
            outcomes[sample.category].append(file["status"])
            for name in VARIANTS:
                answer = await client.get(f"/files/{file_id}/content", params={"variant": name})
                if file["status"] == READY:
                    assert answer.status_code == 200, (sample, answer.text)
                    assert len(answer.content) > 0
                else:
                    assert answer.status_code in {200, 404}, (sample, answer.text)
            assert jobs[file_id] == {READY: "completed", FAILED: "failed"}[file["status"]], (sample, file)

        await for_each(list(uploaded), look)
    assert {category: outcomes[category].count(READY) for category in ALL_DECODED} == ALL_DECODED


async def check_plain_files(place: Place) -> None:
    """As files they are all taken in and come back byte for byte, and no browser is to make anything of them.

    That is what their owner gets; strangers wait until it is known whether a file tells a place.
    """
    async with client_of(place) as client:

        async def keep(sample: Sample) -> None:
            content = sample.content
            answer = await client.post("/upload/file", files={"file": (sample.path.name, content)})
            if not content:
                assert answer.status_code == 422, (sample, answer.text)
                return
            assert answer.status_code == 200, (sample, answer.text)
            back = await client.get(f"/files/{answer.json()['id']}/content")
            assert back.content == content
            assert back.headers["x-content-type-options"] == "nosniff"
            assert "sandbox" in back.headers["content-security-policy"]
            if sample.category == "polyglot" and sample.mime not in IMAGE_TYPES_TAKEN:
                assert back.headers["content-disposition"].startswith("attachment")
            file = (await client.get(f"/files/{answer.json()['id']}")).json()
            # Films and sounds are examined first, and some of these are none; large pictures are looked through.
            assert file["status"] == READY or file["kind"] in {"video", "audio", "image"}

        await for_each(list(samples()), keep)
