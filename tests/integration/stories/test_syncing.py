"""A project that changes its mind: its pictures follow, and nobody ever looks at an empty frame meanwhile."""

import io
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from PIL import Image
from sqlalchemy import select

from adapters.minio.location import S3Location
from adapters.sql.tables import metadata
from tests.integration.conftest import remove_bucket
from tests.integration.faults.places import PASSWORD, Place, furnish, in_a_data_centre, on_a_laptop, until
from tests.integration.stories.running import PATIENCE, wait_until_ready
from tests.scenes import engine_for
from tests.servers import http
from tests.servers.ceph import S3Server
from tests.unit.contracts.drawn import encoded, noise

THUMB, SMALLER = {"format": "webp", "width": 90}, {"format": "webp", "width": 60}
WIDE, TALL = {"format": "jpeg", "width": 120}, {"format": "png", "height": 40}
GOING = {"format": "jpeg", "width": 30}
FIRST = {"thumb": THUMB, "wide": WIDE, "going": GOING}
THEN = {"thumb": SMALLER, "wide": WIDE, "tall": TALL}

pytestmark = pytest.mark.slow


@dataclass
class Story:
    """A place with somebody signed in, who tells it what to do over HTTP alone."""

    place: Place
    client: httpx2.Client

    @property
    def project(self) -> str:
        return f"/projects/{self.place.project_id}"

    def ask(self, method: str, path: str, expect: int = 200, **options: Any) -> dict[str, Any]:
        """As the superuser."""
        answer = self.client.request(method, path, **options)
        assert answer.status_code == expect, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def change(self, **settings: Any) -> None:
        assert self.ask("PUT", self.project, json={"settings": settings})["settings"]["variants"].keys()

    def plan(self) -> dict[str, Any]:
        return self.ask("POST", f"{self.project}/sync-variants?dry_run=true")

    def files(self, ids: list[str]) -> list[dict[str, Any]]:
        """As the app sees them, with its key."""
        return [self.place.get(f"/files/{each}").raise_for_status().json() for each in ids]

    def upload(self, count: int) -> list[str]:
        """So many pictures, once their variants are made."""
        ids = [self.place.uploaded(picture(number)) for number in range(count)]
        self.place.until_settled(*ids)
        return ids

    def until_synced(self) -> None:
        """Nothing of the project goes on any more."""
        wanted = UUID(self.place.project_id)
        until(
            lambda: all(
                job.status not in {"pending", "processing"}
                for job in self.place.rows().jobs
                if job.project_id == wanted
            ),
            told=lambda: self.place.told("up") + self.place.told("worker"),
        )

    def jobs(self, kind: str) -> int:
        mine = UUID(self.place.project_id)
        return sum(job.kind == kind and job.project_id == mine for job in self.place.rows().jobs)

    def blobs(self) -> list[str]:
        """What lies in the store, but for what links of the last hour may lead to."""
        linked = self.place.rows().given_up if "S3_BUCKET" in self.place.settings else {}
        return [key for key in self.place.blobs() if self.place.project_id in key and key not in linked]

    def transforms(self) -> int:
        return int(self.ask("GET", self.project)["transforms_total"])


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """SQLite and a folder, all in one process."""
    place = on_a_laptop(tmp_path_factory.mktemp("laptop")).with_settings(JOB_LEASE="30")
    furnish(place, FIRST)
    with place.started("up") as child:
        wait_until_ready(place.url, child, place.log("up"))
        yield place
    place.check()


@pytest.fixture(scope="module")
def data_centre(tmp_path_factory: pytest.TempPathFactory, postgres_url: str, s3_server: S3Server) -> Iterator[Place]:
    """PostgreSQL and Ceph, API and worker apart."""
    s3, bucket = s3_server, f"test-{secrets.token_hex(6)}"
    location = S3Location(s3.endpoint, s3.region, s3.access_key, s3.secret_key, bucket)
    place = in_a_data_centre(tmp_path_factory.mktemp("centre"), postgres_url, location).with_settings(JOB_LEASE="30")
    furnish(place, FIRST)
    try:
        with place.api(), place.worker():
            yield place
        place.check()
    finally:
        remove_bucket(s3, bucket)


@pytest.fixture(params=["laptop", "data_centre"])
def story(request: pytest.FixtureRequest) -> Iterator[Story]:
    """Each has a project of its own."""
    place: Place = request.getfixturevalue(request.param)
    with http.Client(base_url=place.url, timeout=PATIENCE) as client:
        login = client.post("/auth/login", json={"username": "riz", "password": PASSWORD})
        client.headers["Authorization"] = f"Bearer {login.raise_for_status().json()['access_token']}"
        story = Story(place, client)
        made = story.ask("POST", "/projects", 201, json={"name": "Story", "settings": {"variants": FIRST}})["id"]
        key = story.ask("POST", f"/projects/{made}/keys", 201, json={"name": "app"})["key"]
        yield Story(replace(place, project_id=made, key={"X-Api-Key": key}), client)
    place.check(running=True)


def picture(number: int) -> bytes:
    return encoded(noise((320 + number, 240)), "image/jpeg")


def width(content: bytes) -> int:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.width


@dataclass
class Visitor:
    """Somebody who looks at pictures again and again, with old addresses."""

    addresses: list[str]
    headers: dict[str, str]
    seen: int = 0
    missing: list[str] = field(default_factory=list)
    widths: set[int] = field(default_factory=set)

    def look(self, stop: threading.Event) -> None:
        with http.Client(headers=self.headers, timeout=PATIENCE, follow_redirects=True) as client:
            while not stop.is_set():
                for address in self.addresses:
                    self.seen += 1
                    try:
                        answer = client.get(address)
                        self.widths.add(width(answer.raise_for_status().content))
                    except (httpx2.HTTPError, OSError) as problem:
                        self.missing.append(f"{address}: {problem!r}")


@contextmanager
def visited(addresses: list[str], headers: dict[str, str]) -> Iterator[Visitor]:
    """Somebody looks on, from before until after, and sees a picture each time."""
    visitor, stop = Visitor(addresses, headers), threading.Event()
    looking = threading.Thread(target=visitor.look, args=(stop,))
    looking.start()
    try:
        until(lambda: visitor.seen >= len(addresses))
        yield visitor
        before = visitor.seen
        until(lambda: visitor.seen >= before + 2 * len(addresses))
    finally:
        stop.set()
        looking.join(PATIENCE)
    assert not visitor.missing, visitor.missing[:5]


def planned(plan: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {each["name"]: (each["create"], each["replace"], each["drop"]) for each in plan["variants"]}


def test_what_the_dry_run_tells_is_what_happens_and_no_picture_is_missed(story: Story) -> None:
    ids = story.upload(6)
    before = story.files(ids)
    made = story.transforms()
    assert planned(story.plan()) == dict.fromkeys(FIRST, (0, 0, 0))

    # Nothing happens by itself when nobody wants it to.
    story.change(variants=THEN, auto_sync=False)
    plan = story.plan()
    assert planned(plan) == {"thumb": (0, 6, 0), "wide": (0, 0, 0), "tall": (6, 0, 0), "going": (0, 0, 6)}
    assert (plan["files"], plan["source_missing"]) == (6, 0)
    assert plan["estimated_bytes"] == sum(each["estimated_bytes"] for each in plan["variants"]) > 0
    assert (story.jobs("SyncProjectVariants"), story.jobs("SyncFileVariants")) == (0, 0)
    assert story.files(ids) == before

    kept = [file["variants"][name] for file in before for name in ("thumb", "wide")]
    by_id = [f"{story.place.url}/files/{each}/content?variant=thumb" for each in ids]
    with visited(kept + by_id, story.place.key) as visitor:
        assert story.ask("POST", f"{story.project}/sync-variants", 202)["jobs_queued"] == 1
        story.until_synced()
    assert visitor.widths == {90, 120, 60}

    after = story.files(ids)
    assert {file["status"] for file in after} == {"ready"}
    assert {tuple(file["variants"]) for file in after} == {("tall", "thumb", "wide")}
    assert story.transforms() - made == 12
    assert (story.jobs("SyncProjectVariants"), story.jobs("SyncFileVariants")) == (1, 6)
    for old, new in zip(before, after, strict=True):
        check_addresses(story, old["variants"], new["variants"])
    assert planned(story.plan()) == dict.fromkeys(THEN, (0, 0, 0))
    assert story.plan()["files"] == 0
    # Of what was dropped and replaced nothing lies about.
    assert len(story.blobs()) == 6 * 4
    told = [event["kind"] for event in story.ask("GET", f"/files/{ids[0]}/timeline", headers=story.place.key)["events"]]
    assert {"variant_dropped", "variant_ready"} <= set(told)


def check_addresses(story: Story, old: dict[str, str], new: dict[str, str]) -> None:
    moved = http.get(old["thumb"])
    assert moved.status_code == 302
    assert moved.headers["location"] == new["thumb"] != old["thumb"]
    assert moved.headers["cache-control"] == "no-store"
    shown = http.get(new["thumb"], follow_redirects=True)
    assert (shown.status_code, width(shown.content)) == (200, 60)
    assert new["wide"] == old["wide"], "what was not to be touched has moved"
    assert http.get(new["tall"], follow_redirects=True).status_code == 200
    gone = http.get(old["going"], follow_redirects=True)
    assert (gone.status_code, gone.json()["code"]) == (404, "variant_unknown")


def test_changing_settings_again_and_again_syncs_by_itself(story: Story) -> None:
    ids = story.upload(3)
    first = story.files(ids)
    addresses = [file["variants"]["thumb"] for file in first]
    with visited(addresses, story.place.key):
        for size in (50, 40, 70, 80):
            story.change(variants={"thumb": {"format": "webp", "width": size}})
        story.until_synced()
    for file in story.files(ids):
        assert list(file["variants"]) == ["thumb"]
        assert width(http.get(file["variants"]["thumb"], follow_redirects=True).content) == 80
    # And back to where it began: the picture is the same, and its first address leads to it.
    story.change(variants=FIRST)
    story.until_synced()
    for file, address in zip(story.files(ids), addresses, strict=True):
        assert sorted(file["variants"]) == sorted(FIRST)
        for each in (address, *file["variants"].values()):
            assert http.get(each, follow_redirects=True).status_code == 200
    assert len(story.blobs()) == 3 * 4


def test_originals_that_are_not_kept(story: Story) -> None:
    ids = story.upload(3)
    refused = story.ask("POST", f"{story.project}/delete-originals", 400)
    assert refused["code"] == "originals_kept"
    before = story.files(ids)
    sizes = sum(file["size"] for file in before)
    used = story.ask("GET", story.project)["storage_used_bytes"]

    story.change(variants=FIRST, keep_original=False)
    done = story.ask("POST", f"{story.project}/delete-originals")
    assert (done["deleted_count"], done["freed_bytes"]) == (3, sizes)
    assert story.ask("POST", f"{story.project}/delete-originals")["deleted_count"] == 0
    assert story.ask("GET", story.project)["storage_used_bytes"] == used - sizes
    # A picture that comes in from now on loses its original by itself.
    ids.append(story.place.uploaded(picture(9)))
    story.place.until_settled(ids[-1])
    files = story.files(ids)
    for file in files:
        assert file["status"] == "ready"
        for address in (file["url"], f"{story.place.url}/files/{file['id']}/content"):
            gone = http.get(address, headers=story.place.key, follow_redirects=True)
            assert (gone.status_code, gone.json()["code"]) == (410, "original_deleted")
    until(lambda: len(story.blobs()) == 4 * 3)

    thumbs = [file["variants"]["thumb"] for file in files]
    story.change(variants=THEN, keep_original=False, auto_sync=False)
    plan = story.plan()
    assert plan["source_missing"] == 4
    assert planned(plan) == {"thumb": (0, 0, 0), "wide": (0, 0, 0), "tall": (0, 0, 0), "going": (0, 0, 4)}
    with visited(thumbs, story.place.key) as visitor:
        story.ask("POST", f"{story.project}/sync-variants", 202)
        story.until_synced()
    assert visitor.widths == {90}, "the picture by the old recipe is better than none"
    for file in story.files(ids):
        missing = story.place.get(f"/files/{file['id']}/content?variant=tall")
        assert (missing.status_code, missing.json()["code"]) == (404, "variant_failed")
        assert "source_missing" in missing.text
    assert story.plan()["files"] == 0, "what cannot be done is tried for ever"


def test_the_same_bytes_twice(story: Story) -> None:
    (first,) = story.upload(1)
    assert story.place.uploaded(picture(0)) != first
    story.change(variants=FIRST, on_duplicate="reuse")
    assert story.place.uploaded(picture(0)) == first
    story.change(variants=FIRST, on_duplicate="reject")
    refused = story.place.upload(picture(0))
    assert refused.status_code == 409
    assert refused.json()["code"] == "duplicate_file"
    assert first in refused.text
    story.until_synced()
    assert story.ask("GET", story.project)["files_count"] == 2


def test_into_the_bin_and_back_and_gone_for_good(story: Story) -> None:
    place, ids = story.place, story.upload(2)
    files = story.files(ids)
    public = [address for file in files for address in (file["url"], *file["variants"].values())]
    by_id = [f"{place.url}/files/{each}/content?variant=thumb" for each in ids]
    with_key = [f"{place.url}/files", *(f"{place.url}/files/{each}" for each in ids)]

    def answered() -> tuple[set[int], set[int], set[int]]:
        """To anybody, to the owner, to the app."""
        return answers(public, {}), answers(by_id, story.client.headers), answers(with_key, place.key)

    assert answered() == ({200}, {200}, {200})
    story.ask("DELETE", story.project)
    assert answered() == ({404}, {404}, {401})
    assert place.upload(picture(5)).status_code == 401
    assert story.ask("GET", story.project)["deleted_at"] is not None
    assert place.project_id in {each["id"] for each in story.ask("GET", "/projects?deleted=true")["data"]}
    story.ask("POST", f"{story.project}/sync-variants", 404)

    assert story.ask("POST", f"{story.project}/restore")["deleted_at"] is None
    story.until_synced()
    assert answered() == ({200}, {200}, {200})
    assert story.files(ids) == files

    # For good, even while a picture is being made.
    place.uploaded(picture(6))
    answer = story.client.delete(f"{story.project}?permanent=true")
    assert answer.status_code in {200, 202}, answer.text
    assert answered() == ({404}, {404}, {401})
    story.ask("GET", story.project, 404)
    story.ask("POST", f"{story.project}/restore", 404)
    until(lambda: not left_of(story) and not story.blobs(), told=lambda: f"{left_of(story)} {story.blobs()}")


def answers(addresses: list[str], headers: Mapping[str, str]) -> set[int]:
    with http.Client(headers=headers, timeout=PATIENCE, follow_redirects=True) as client:
        return {client.get(address).status_code for address in addresses}


def left_of(story: Story) -> dict[str, int]:
    """How many rows still speak of the project, by table; the audit log may."""
    left = {}
    with engine_for(story.place.database).connect() as connection:
        for table in metadata.sorted_tables:
            rows = connection.execute(select(table)).all() if table.name not in {"audit", "replays"} else []
            left[table.name] = sum(story.place.project_id in " ".join(map(str, row)) for row in rows)
    return {name: count for name, count in left.items() if count}
