"""The same picture through every door: one model, the same facts, the same variants to the byte."""

import hashlib
import io
import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from minio import Minio

from tests.integration.conftest import remove_bucket
from tests.integration.stories.running import PATIENCE, darkroom, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import SIZES, VARIANTS, create_superuser, photo, sign_in
from tests.servers import http
from tests.servers.ceph import S3Server

NAME = "me & you.jpg"
SETTINGS = {"variants": VARIANTS, "visibility": "private"}
FACTS = [
    "filename",
    "mime_type",
    "kind",
    "size",
    "status",
    "reason",
    "width",
    "height",
    "duration",
    "md5",
    "sha256",
    "placeholder",
    "metadata",
    "variants",
]
AS_IT_IS = ("filename", "mime_type", "kind", "size", "status", "md5", "sha256")
"""What is known of a picture that was uploaded as any file is."""
APART = ("auth,projects", "inbox,media,library")


@dataclass(frozen=True)
class Service:
    """What somebody has set up; where it runs in parts, each path goes to the part that serves it."""

    people_and_files: str
    the_rest: str

    def url(self, path: str) -> str:
        rest = ("/uploads", "/assets", "/media", "/entity")
        return (self.the_rest if path.startswith(rest) else self.people_and_files) + path


@pytest.fixture
def on_a_laptop(tmp_path: Path) -> Iterator[Service]:
    source = tmp_path / "camera"
    source.mkdir()
    (source / NAME).write_bytes(photo())
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(tmp_path / "data"),
        "INGEST_SOURCE": str(source),
        "INGEST_PROJECT": "camera",
    }
    darkroom("migrate", settings=settings, folder=tmp_path)
    create_superuser(settings, tmp_path)
    with process("up", settings=settings, folder=tmp_path) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, tmp_path / "up.log")
        yield Service(url, url)


@pytest.fixture
def in_a_data_centre(
    tmp_path: Path, empty_postgres_url: str, s3_server: S3Server, s3_bucket: str, camera: str, imagemagick: None
) -> Iterator[Service]:
    """A worker, and two processes that serve some doors each."""
    ports = [free_port() for _ in APART]
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    settings = {
        "PUBLIC_URL": urls[0],
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": empty_postgres_url,
        "S3_ENDPOINT": s3_server.endpoint,
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
        "S3_REGION": s3_server.region,
        "S3_BUCKET": s3_bucket,
        "IMAGE_ENGINE": "imagemagick",
        "INGEST_SOURCE": f"s3://{camera}",
        "INGEST_PROJECT": "camera",
    }
    darkroom("migrate", settings=settings, folder=tmp_path)
    create_superuser(settings, tmp_path)
    with ExitStack() as processes:
        processes.enter_context(process("worker", settings=settings, folder=tmp_path))
        for doors, port, url in zip(APART, ports, urls, strict=True):
            its_own = settings | {"PORT": str(port)}
            child = processes.enter_context(process("serve", "--doors", doors, settings=its_own, folder=tmp_path))
            wait_until_ready(url, child, tmp_path / f"serve---doors-{doors}.log")
        yield Service(*urls)


@pytest.fixture
def camera(s3_server: S3Server) -> Iterator[str]:
    """A bucket with the picture in it, which is not Darkroom's."""
    bucket = f"test-camera-{secrets.token_hex(6)}"
    address = urlsplit(s3_server.endpoint)
    store = Minio(
        address.netloc,
        access_key=s3_server.access_key,
        secret_key=s3_server.secret_key,
        region=s3_server.region,
        secure=address.scheme == "https",
    )
    store.make_bucket(bucket)
    store.put_object(bucket, NAME, io.BytesIO(photo()), len(photo()))
    yield bucket
    remove_bucket(s3_server, bucket)


@dataclass
class Visitor:
    """The superuser, who goes through every door."""

    client: httpx2.Client
    service: Service
    signed_in: dict[str, str]

    def ask(self, method: str, path: str, expect: int = 200, headers: dict[str, str] | None = None, **more: Any) -> Any:
        url = self.service.url(path)
        answer = self.client.request(method, url, headers={**self.signed_in, **(headers or {})}, **more)
        assert answer.status_code == expect, answer.text
        return answer.json()

    def project(self, name: str, **settings: Any) -> str:
        return str(self.ask("POST", "/projects", 201, json={"name": name, "settings": {**SETTINGS, **settings}})["id"])

    def upload(self, door: str, project: str) -> str:
        form = {"file": (NAME, photo(), "application/octet-stream")}
        return str(self.ask("POST", f"/upload/{door}", headers={"X-Project-Id": project}, files=form)["id"])

    def send(self, project: str) -> str:
        """Straight to the store."""
        announced = {"filename": NAME, "content_type": "image/jpeg", "size": len(photo()), "project_id": project}
        upload = self.ask("POST", "/uploads/presign", 201, json=announced)
        sent = self.client.put(upload["upload_url"], content=photo(), headers=upload["headers"])
        assert sent.status_code == 200, sent.text
        return str(self.ask("POST", "/uploads/complete", 201, json={"upload_id": upload["upload_id"]})["asset_id"])

    def curate(self) -> tuple[str, dict[str, Any]]:
        """As an entity of the library, once its project wants what the others want."""
        self.ask("POST", "/entity/", 201, data={"label": "album", "is_collection": "true"})
        projects = self.ask("GET", "/projects?limit=100")["data"]
        (library,) = (project["id"] for project in projects if project["slug"] == "library")
        self.ask("PUT", f"/projects/{library}", json={"settings": SETTINGS})
        entity = self.ask("POST", "/entity/", 201, data={"label": "x"}, files={"image": (NAME, photo())})
        return self.only_file(library), entity

    def bring_in(self, project: str) -> str:
        assert self.ask("POST", "/media/refresh", 202)["jobs_queued"] == 1
        deadline = time.monotonic() + PATIENCE
        while not self.ask("GET", f"/files?project_id={project}")["data"]:
            assert time.monotonic() < deadline, "nobody looked at the source"
            time.sleep(0.1)
        return self.only_file(project)

    def only_file(self, project: str) -> str:
        (file,) = self.ask("GET", f"/files?project_id={project}")["data"]
        return str(file["id"])

    def settled(self, file_id: str) -> dict[str, Any]:
        """A file whose variants are made, and what is shown until they are loaded."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            file: dict[str, Any] = self.ask("GET", f"/files/{file_id}")
            if file["status"] != "processing" and file["placeholder"]:
                return file
            time.sleep(0.1)
        raise AssertionError(f"the worker never came to {file}")

    def facts(self, file_id: str) -> dict[str, Any]:
        """All that is known of a file but where it is, and its bytes and those of its variants."""
        file = self.settled(file_id)
        known = {name: file[name] for name in FACTS} | {"variants": sorted(file["variants"])}
        return known | {"bytes": self.digest(file_id)} | {name: self.digest(file_id, name) for name in file["variants"]}

    def digest(self, file_id: str, variant: str | None = None) -> str:
        url = self.service.url(f"/files/{file_id}/content")
        params = {} if variant is None else {"variant": variant}
        answer = self.client.get(url, params=params, headers=self.signed_in)
        assert answer.status_code == 200, answer.text
        return hashlib.sha256(answer.content).hexdigest()


@pytest.fixture(params=["on_a_laptop", "in_a_data_centre"])
def visitor(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    service: Service = request.getfixturevalue(request.param)
    with http.Client(base_url=service.people_and_files, timeout=PATIENCE, follow_redirects=True) as client:
        yield Visitor(client, service, sign_in(client))


def test_the_same_picture_through_every_door(visitor: Visitor) -> None:
    uploads, inbox = visitor.project("Uploads"), visitor.project("Sent")
    camera = visitor.project("Camera", on_duplicate="reuse")
    sent = {
        "upload": visitor.upload("image", uploads),
        "inbox": visitor.send(inbox),
        "ingest": visitor.bring_in(camera),
    }
    sent["library"], entity = visitor.curate()

    facts = {door: visitor.facts(file_id) for door, file_id in sent.items()}
    assert facts == dict.fromkeys(sent, facts["upload"])
    told = facts["upload"]
    assert (told["status"], told["width"], told["height"], told["variants"]) == ("ready", 640, 480, sorted(SIZES))
    assert told["bytes"] == told["sha256"] == hashlib.sha256(photo()).hexdigest()
    assert told["metadata"]["camera_make"] == "Camera of a person with a name"
    # Where no second file of the same bytes is wanted, the other doors give the first.
    assert visitor.upload("image", camera) == visitor.send(camera) == sent["ingest"]
    for project, file_id in ((uploads, sent["upload"]), (inbox, sent["inbox"]), (camera, sent["ingest"])):
        assert visitor.only_file(project) == file_id

    kept = visitor.ask("GET", f"/files/{visitor.upload('file', visitor.project('As they are'))}")
    assert {name: kept[name] for name in AS_IT_IS} == {name: told[name] for name in AS_IT_IS}
    assert kept["variants"] == {}

    for file_id in sent.values():
        said_by_doors(visitor, file_id, told)
    said = {name: entity[name] for name in ("mime_type", "type", "file_size", "width", "height", "md5")}
    same = {name: told[name] for name in ("mime_type", "width", "height", "md5")}
    assert said == {**same, "type": told["kind"], "file_size": told["size"]}


def said_by_doors(visitor: Visitor, file_id: str, told: dict[str, Any]) -> None:
    """Whichever door it came by, the others know it, and say the same of it in their own words."""
    asset, item = visitor.ask("GET", f"/assets/{file_id}"), visitor.ask("GET", f"/media/{file_id}")
    assert (asset["mime"], asset["size"], asset["status"]) == (told["mime_type"], told["size"], told["status"])
    known = ("filename", "kind", "width", "height", "duration", "md5", "sha256", "placeholder", "reason", "metadata")
    assert {name: asset["meta"][name] for name in known} == {name: told[name] for name in known}
    assert visitor.client.get(asset["download_url"]).content == photo()
    same = ("filename", "mime_type", "size", "status", "width", "height", "duration", "metadata")
    assert {name: item[name] for name in same} == {name: told[name] for name in same}
    assert item["type"] == told["kind"]
