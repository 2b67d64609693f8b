"""What lies in somebody's bucket or folder comes in by itself, each thing once, however many look; the source stays."""

import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from minio import Minio
from PIL import Image

from tests.integration.conftest import remove_bucket
from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.ceph import S3Server
from tests.unit.adapters.films import film, sound

PASSWORD = "correct horse battery staple"
PATIENCE = 120
EVERY_MINUTE = "* * * * *"
GOOD = ("a.jpg", "more/b.jpg", "more/deep er/ü&c.jpg", "more/film.mp4", "song.mp3")
BAD = ("notes.txt", "empty.jpg", "broken.jpg")

Told = tuple[str, dict[str, str], str, Callable[[], dict[str, Any]]]


@dataclass(frozen=True)
class Place:
    """A Darkroom with three workers, and the source it brings media in from."""

    url: str
    signed_in: dict[str, str]
    project: str
    prefix: str
    put: Callable[[str, bytes], None]
    listed: Callable[[], dict[str, str]]
    tell: Callable[[], dict[str, Any]]

    def get(self, path: str, **query: Any) -> Any:
        return http.get(f"{self.url}{path}", params=query, headers=self.signed_in, timeout=30).raise_for_status().json()

    def refresh(self, body: dict[str, str] | None = None) -> httpx2.Response:
        return http.post(f"{self.url}/media/refresh", json=body or {}, headers=self.signed_in, timeout=30)

    def brought(self) -> dict[str, dict[str, Any]]:
        """The media that came from the source, by key."""
        items = self.get("/media", limit=100)["items"]
        return {item["s3_key"].removeprefix(self.prefix): item for item in items if self.project not in item["s3_key"]}

    def jobs(self) -> Counter[tuple[str, str]]:
        """How many jobs there have been for each key, by how they stand."""
        pages = self.get("/admin/jobs", limit=100).values()
        jobs = [job for page in pages for job in page["jobs"] if job["kind"] == "IngestObject"]
        return Counter((job["payload"]["key"].removeprefix(self.prefix), job["status"]) for job in jobs)


@pytest.fixture
def in_a_folder(tmp_path: Path) -> Iterator[Place]:
    source = tmp_path / "somebody's films"
    source.mkdir()

    def put(key: str, body: bytes) -> None:
        path = source / key
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = source / ".fresh"
        fresh.write_bytes(body)
        fresh.rename(path)

    def listed() -> dict[str, str]:
        return {
            str(path.relative_to(source)): f"{path.stat().st_mtime_ns} {path.stat().st_ino} {path.stat().st_nlink}"
            for path in source.rglob("*")
            if path.is_file()
        }

    with running({"INGEST_SOURCE": str(source)}, tmp_path, ("up", "worker", "worker")) as told:
        yield Place(*told[:3], "", put, listed, told[3])


@pytest.fixture
def in_a_bucket(tmp_path: Path, empty_postgres_url: str, s3_server: S3Server, s3_bucket: str) -> Iterator[Place]:
    theirs, prefix = f"{s3_bucket}-theirs", "media/"
    keys = {"access_key": s3_server.access_key, "secret_key": s3_server.secret_key, "region": s3_server.region}
    store = Minio(urlsplit(s3_server.endpoint).netloc, secure=False, **keys)
    store.make_bucket(theirs)

    def put(key: str, body: bytes) -> None:
        store.put_object(theirs, prefix + key, io.BytesIO(body), len(body))

    def listed() -> dict[str, str]:
        found = store.list_objects(theirs, recursive=True)
        return {str(each.object_name): f"{each.etag} {each.last_modified}" for each in found}

    store.put_object(theirs, "elsewhere/x.jpg", io.BytesIO(picture(99)), len(picture(99)))
    settings = {
        "DATABASE_URL": empty_postgres_url,
        "S3_ENDPOINT": s3_server.endpoint,
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
        "S3_REGION": s3_server.region,
        "S3_BUCKET": s3_bucket,
        "INGEST_SOURCE": f"s3://{theirs}/{prefix}",
    }
    try:
        with running(settings, tmp_path, ("serve", "worker", "worker", "worker")) as told:
            yield Place(*told[:3], prefix, put, listed, told[3])
    finally:
        remove_bucket(s3_server, theirs)


def signed_in(url: str) -> str:
    """By the superuser, whom an API that starts makes as soon as it can, while it answers already."""
    deadline = time.monotonic() + PATIENCE
    while True:
        answer = http.post(f"{url}/auth/login", json={"username": "riz", "password": PASSWORD})
        if answer.status_code == 200:
            token: str = answer.json()["access_token"]
            return token
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.5)


@contextmanager
def running(settings: dict[str, str], folder: Path, programs: tuple[str, ...]) -> Iterator[Told]:
    """The processes, for the length of a story; and what is needed to talk to them."""
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "WORKER_CONCURRENCY": "2",
        "SU_USERNAME": "riz",
        "SU_PASSWORD": PASSWORD,
        **settings,
    }
    seeded = darkroom("seed", "--json", settings=without_intake(settings), folder=folder)
    project: str = json.loads(seeded)["project_id"]
    settings |= {"INGEST_PROJECT": project, "INGEST_SCHEDULE": EVERY_MINUTE}

    def tell() -> dict[str, Any]:
        told: dict[str, Any] = json.loads(darkroom("ingest", "--json", settings=settings, folder=folder))
        return told

    with ExitStack() as stack:
        children = [stack.enter_context(process(name, settings=settings, folder=folder)) for name in programs]
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, children[0], folder / f"{programs[0]}.log")
        yield url, {"Authorization": f"Bearer {signed_in(url)}"}, project, tell


def without_intake(settings: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if not name.startswith("INGEST_")}


def picture(number: int) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (number * 20 % 256, 90, 255 - number * 20 % 256)).save(out, "JPEG")
    return out.getvalue()


def bodies(folder: Path) -> dict[str, bytes]:
    made = {key: picture(number) for number, key in enumerate(GOOD[:3])}
    made["more/film.mp4"] = film(folder / "film.mp4", sound="aac").read_bytes()
    made["song.mp3"] = sound(folder / "song.mp3", "libmp3lame").read_bytes()
    return made | {"notes.txt": b"words", "empty.jpg": b"", "broken.jpg": b"\xff\xd8\xff\xe0" + bytes(500)}


def until(check: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not check():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


@pytest.mark.parametrize("place", ["in_a_folder", "in_a_bucket"])
def test_what_is_brought_in(place: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    it: Place = request.getfixturevalue(place)
    files_before = it.get("/files", project_id=it.project)["total_items"]
    for key, body in bodies(tmp_path).items():
        it.put(key, body)
    source = it.listed()

    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: it.refresh(), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    until(lambda: settled(it) == set(GOOD), f"not all came in: {it.jobs()}")
    check_media(it)
    until(lambda: not active(it), "the looks come to an end")
    failures = it.tell()["failures"]
    assert {each["key"].removeprefix(it.prefix) for each in failures} == set(BAD)
    assert all(each["reason"] for each in failures)
    assert it.get("/files", project_id=it.project)["total_items"] == files_before + len(GOOD)
    once = it.jobs()
    assert once == {**{(key, "completed"): 1 for key in GOOD}, **{(key, "failed"): 1 for key in BAD}}

    first = it.brought()["a.jpg"]
    it.put("a.jpg", picture(50))
    changed = it.listed()
    assert it.refresh({"s3_key": f"{it.prefix}a.jpg"}).status_code == 202
    until(lambda: it.brought()["a.jpg"]["id"] != first["id"], "no new version")
    assert set(it.brought()) == set(GOOD)
    assert it.project in it.get(f"/media/{first['id']}")["s3_key"], "the older version is there, under a key of ours"

    it.put("late.jpg", picture(60))
    until(lambda: settled(it) == {*GOOD, "late.jpg"}, "nobody looked by the clock")
    assert it.refresh().status_code == 202
    until(lambda: not active(it), "the looks come to an end")
    assert it.get("/files", project_id=it.project)["total_items"] == files_before + len(GOOD) + 2
    assert it.jobs() == once + Counter({("a.jpg", "completed"): 1, ("late.jpg", "completed"): 1})
    hashes = [file["sha256"] for file in it.get("/files", project_id=it.project, limit=100)["data"]]
    assert len(hashes) == len(set(hashes))
    late = {key: told for key, told in it.listed().items() if key.endswith("late.jpg")}
    assert it.listed() == {**source, **changed, **late}, "the source is as its owner left it"


def settled(it: Place) -> set[str]:
    return {key for key, item in it.brought().items() if item["status"] == "ready"}


def active(it: Place) -> int:
    stats = it.get("/jobs/stats")
    return int(stats["active"] + stats["waiting"])


def check_media(it: Place) -> None:
    brought = it.brought()
    film_, song = brought["more/film.mp4"], brought["song.mp3"]
    assert (film_["type"], film_["width"], film_["height"], film_["video_codec"]) == ("video", 64, 48, "h264")
    assert film_["thumbnail_url"]
    assert (song["type"], song["audio_codec"], song["sample_rate"]) == ("audio", "mp3", 48_000)
    assert brought["a.jpg"]["type"] == "image"
    assert "elsewhere/x.jpg" not in brought
