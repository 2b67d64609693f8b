"""One picture through all of it: the same story on a laptop's choices and on a data centre's."""

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from tests.integration.stories.running import PATIENCE, darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.ceph import S3Server

PASSWORD = "correct horse battery staple"
VARIANTS = {
    "thumb": {"format": "webp", "width": 150, "height": 150, "fit": "cover", "quality": 80},
    "medium": {"format": "jpeg", "width": 320},
    "hero-avif": {"format": "avif", "width": 480, "quality": 70},
}
SIZES = {"thumb": ("WEBP", (150, 150)), "medium": ("JPEG", (320, 240)), "hero-avif": ("AVIF", (480, 360))}


@dataclass(frozen=True)
class Installation:
    """A Darkroom that somebody has just set up."""

    url: str


def photo() -> bytes:
    """A picture of 640 × 480 as people see it, stored lying on its side."""
    picture = Image.linear_gradient("L").resize((480, 640)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Camera of a person with a name"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif, quality=90)
    return out.getvalue()


@pytest.fixture
def on_a_laptop(tmp_path: Path) -> Iterator[Installation]:
    port = free_port()
    settings = {"PORT": str(port), "DATA_DIR": str(tmp_path / "data"), "REGISTRATION": "open"}
    darkroom("migrate", settings=settings, folder=tmp_path)
    create_superuser(settings, tmp_path)
    with process("up", settings=settings, folder=tmp_path) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, tmp_path / "up.log")
        yield Installation(url)


@pytest.fixture
def in_a_data_centre(
    tmp_path: Path, empty_postgres_url: str, s3_server: S3Server, s3_bucket: str, imagemagick: None
) -> Iterator[Installation]:
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": empty_postgres_url,
        "S3_ENDPOINT": s3_server.endpoint,
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
        "S3_REGION": s3_server.region,
        "S3_BUCKET": s3_bucket,
        "IMAGE_ENGINE": "imagemagick",
        "WORKER_CONCURRENCY": "2",
        "REGISTRATION": "open",
    }
    darkroom("migrate", settings=settings, folder=tmp_path)
    create_superuser(settings, tmp_path)
    with ExitStack() as processes:
        processes.enter_context(process("worker", settings=settings, folder=tmp_path))
        api = processes.enter_context(process("serve", settings=settings, folder=tmp_path))
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, api, tmp_path / "serve.log")
        yield Installation(url)


def create_superuser(settings: dict[str, str], folder: Path) -> None:
    arguments = ("create-superuser", "--username", "riz", "--password-stdin")
    assert "riz" in darkroom(*arguments, settings=settings, folder=folder, stdin=f"{PASSWORD}\n")


@pytest.mark.parametrize("installation", ["on_a_laptop", "in_a_data_centre"])
def test_one_picture_through_all_of_it(installation: str, request: pytest.FixtureRequest) -> None:
    place: Installation = request.getfixturevalue(installation)
    with http.Client(base_url=place.url, timeout=30, follow_redirects=True) as client:
        signed_in = sign_in(client)
        project = make_project(client, signed_in)
        key = make_key(client, signed_in, project)

        promised = upload(client, key)
        file = until_settled(client, key, promised["id"])

        assert file["status"] == "ready", file["reason"]
        assert (file["width"], file["height"]) == (640, 480)
        assert file["url"] == promised["original_url"]
        assert file["variants"] == promised["variants"]
        assert set(promised["variants"]) == set(VARIANTS)
        for name, (format_, size) in SIZES.items():
            check_variant(client, key, file, name, format_, size)
        assert client.get(file["url"]).content == photo()
        check_counters(client, signed_in, project)


def sign_in(client: httpx2.Client) -> dict[str, str]:
    answer = client.post("/auth/login", json={"username": "riz", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 900
    header = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert client.get("/auth/me", headers=header).json()["role"] == "su"
    return header


def make_project(client: httpx2.Client, signed_in: dict[str, str]) -> str:
    body = {"name": "Holiday snaps", "settings": {"variants": VARIANTS}}
    answer = client.post("/projects", json=body, headers=signed_in)
    assert answer.status_code == 201, answer.text
    assert answer.json()["slug"] == "holiday-snaps"
    return str(answer.json()["id"])


def make_key(client: httpx2.Client, signed_in: dict[str, str], project: str) -> dict[str, str]:
    answer = client.post(f"/projects/{project}/keys", json={"name": "web"}, headers=signed_in)
    assert answer.status_code == 201, answer.text
    return {"X-Api-Key": answer.json()["key"]}


def upload(client: httpx2.Client, key: dict[str, str]) -> dict[str, object]:
    answer = client.post("/upload/image", files={"file": ("me & you.jpg", photo(), "image/png")}, headers=key)
    assert answer.status_code == 200, answer.text
    told: dict[str, object] = answer.json()
    return told


def until_settled(client: httpx2.Client, key: dict[str, str], file_id: object) -> dict[str, object]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = client.get(f"/files/{file_id}", headers=key)
        assert answer.status_code == 200, answer.text
        file: dict[str, object] = answer.json()
        if file["status"] != "processing":
            return file
        time.sleep(0.1)
    raise AssertionError("the worker never came to this file")


def check_variant(  # the bytes by both addresses, and nothing of the photographer in them
    client: httpx2.Client, key: dict[str, str], file: dict[str, object], name: str, format_: str, size: tuple[int, int]
) -> None:
    by_id = client.get(f"/files/{file['id']}/content", params={"variant": name}, headers=key)
    assert by_id.status_code == 200, by_id.text
    by_address = client.get(file["variants"][name])  # type: ignore[index]
    assert by_address.status_code == 200, by_address.text
    assert by_id.content == by_address.content
    with Image.open(io.BytesIO(by_id.content)) as picture:
        assert (picture.format, picture.size) == (format_, size)
        assert not dict(picture.getexif())
    assert b"person with a name" not in by_id.content


def check_counters(client: httpx2.Client, signed_in: dict[str, str], project: str) -> None:
    told = client.get(f"/projects/{project}", headers=signed_in).json()
    assert told["files_count"] == 1
    assert told["transforms_total"] == len(VARIANTS)
    assert told["storage_used_bytes"] > len(photo())
