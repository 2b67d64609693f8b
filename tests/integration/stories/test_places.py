"""Where a photograph was taken stays with its owner: on a laptop, in a data centre, and in a public bucket."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.integration.stories.running import PATIENCE, darkroom, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import (
    Installation,
    create_superuser,
    in_a_data_centre,
    make_key,
    on_a_laptop,
    sign_in,
)
from tests.servers import http
from tests.servers.ceph import S3Server
from tests.unit.domain.places.told import PLACE_WORDS, silent, telling

__all__ = ["in_a_data_centre", "on_a_laptop"]
PHOTO, PLAIN = telling("image/jpeg"), silent("image/jpeg")


@pytest.fixture
def in_a_public_bucket(tmp_path: Path, s3_server: S3Server, s3_bucket: str) -> Iterator[Installation]:
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(tmp_path / "data"),
        "S3_ENDPOINT": s3_server.endpoint,
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
        "S3_REGION": s3_server.region,
        "S3_BUCKET": s3_bucket,
        "S3_PUBLIC_BUCKET": "true",
    }
    darkroom("migrate", settings=settings, folder=tmp_path)
    create_superuser(settings, tmp_path)
    with process("up", settings=settings, folder=tmp_path) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, tmp_path / "up.log")
        yield Installation(url)


def make(client: httpx2.Client, signed_in: dict[str, str], **settings: object) -> str:
    answer = client.post("/projects", json={"name": "Holiday", "settings": settings}, headers=signed_in)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def send(client: httpx2.Client, key: dict[str, str], body: bytes) -> dict[str, str]:
    files = {"file": ("here.jpg", body, "image/jpeg")}
    answer = client.post("/upload/image", files=files, headers=key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def once_there(client: httpx2.Client, url: str) -> bytes:
    deadline = time.monotonic() + PATIENCE
    while (answer := client.get(url)).status_code != 200:
        assert answer.status_code in {403, 404}, answer.text  # 403 is what a bucket says of what is not there
        if "/blobs/" in url or "/content" in url:
            assert answer.json()["code"] == "variant_not_ready"
            assert answer.headers["Retry-After"]
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.1)
    return answer.content


@pytest.mark.parametrize("installation", ["on_a_laptop", "in_a_data_centre", "in_a_public_bucket"])
def test_a_place_stays_with_its_owner(installation: str, request: pytest.FixtureRequest) -> None:
    place: Installation = request.getfixturevalue(installation)
    with http.Client(base_url=place.url, timeout=30, follow_redirects=True) as client:
        signed_in = sign_in(client)
        mine = make_key(client, signed_in, make(client, signed_in))
        sent = send(client, mine, PHOTO)
        content = f"/files/{sent['id']}/content"

        shown = once_there(client, sent["original_url"])
        assert not any(word in shown for word in PLACE_WORDS)
        assert shown == once_there(client, content)
        exact = client.get(content, headers=mine)
        assert exact.content == PHOTO
        link = client.post(f"/files/{sent['id']}/links", json={}, headers=mine).json()["url"]
        assert client.get(link).content == PHOTO
        told = client.get(f"/files/{sent['id']}", headers=mine).json()
        assert (told["url"], told["sha256"]) == (sent["original_url"], hashlib.sha256(PHOTO).hexdigest())

        assert once_there(client, send(client, mine, PLAIN)["original_url"]) == PLAIN
        large = PLAIN + bytes(400_000)
        assert once_there(client, send(client, mine, large)["original_url"]) == large

        assert client.delete(f"/files/{sent['id']}", headers=mine).status_code == 200
        assert client.get(sent["original_url"]).status_code in {403, 404}


@pytest.mark.parametrize("installation", ["in_a_public_bucket"])
def test_what_is_private_is_private_in_a_public_bucket(installation: str, request: pytest.FixtureRequest) -> None:
    place: Installation = request.getfixturevalue(installation)
    with http.Client(base_url=place.url, timeout=30, follow_redirects=True) as client:
        signed_in = sign_in(client)
        project = make(client, signed_in, visibility="private")
        mine = make_key(client, signed_in, project)
        sent = send(client, mine, PHOTO)
        assert sent["original_url"] == f"{place.url}/files/{sent['id']}/content"
        assert client.get(sent["original_url"]).status_code == 401
        answer = client.get(sent["original_url"], headers=mine, follow_redirects=False)
        assert answer.status_code == 302
        signed = answer.headers["Location"]
        assert "/private/" in signed
        assert client.get(signed).content == PHOTO
        assert client.get(signed.partition("?")[0]).status_code == 403
        changed = client.put(f"/projects/{project}", json={"settings": {"visibility": "public"}}, headers=signed_in)
        assert (changed.status_code, changed.json()["code"]) == (409, "visibility_fixed")
