"""Straight to the store and back: the inbox on a laptop's choices and on a data centre's."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from minio import Minio
from PIL import Image

from tests.integration.stories.running import PATIENCE
from tests.integration.stories.test_one_picture import (  # noqa: F401  (fixtures)
    Installation,
    in_a_data_centre,
    on_a_laptop,
    photo,
    sign_in,
)
from tests.servers import http
from tests.servers.ceph import S3Server

PASSWORD = "a password of their own"


@pytest.mark.parametrize("installation", ["on_a_laptop", "in_a_data_centre"])
def test_an_inbox(installation: str, request: pytest.FixtureRequest) -> None:
    place: Installation = request.getfixturevalue(installation)
    with http.Client(base_url=place.url, timeout=30, follow_redirects=True) as client:
        anna, bob = register(client, "anna"), register(client, "bob")
        upload = presign(client, anna)
        refuse_what_was_not_announced(client, upload)
        assert send(client, upload, photo()).status_code == 200

        absent = client.post("/uploads/complete", json={"upload_id": upload["upload_id"]}, headers=bob)
        assert absent.status_code == 404
        asset_id = complete(client, anna, upload)

        asset = until_settled(client, anna, asset_id)
        check_facts(asset)
        assert client.get(asset["download_url"]).content == photo()
        thumbnail = client.get(asset["thumbnail_url"])
        with Image.open(io.BytesIO(thumbnail.content)) as picture:
            assert (picture.format, picture.size) == ("WEBP", (300, 300))
        check_lists(client, anna, bob, asset_id)
        same_by_the_other_door(client, anna, asset)
        check_log(client, asset_id)

        assert client.delete(f"/assets/{asset_id}", headers=anna).json()["asset_id"] == asset_id
        assert client.get(f"/assets/{asset_id}", headers=anna).status_code == 404


# What is declared, what is sent, as what it is kept, and whether it is for saving only.
KEPT_AS = [
    ("image/jpeg", photo(), "image/jpeg", None),
    ("application/octet-stream", photo(), "image/jpeg", None),
    ("text/html; charset=utf-8", b"<!doctype html><script>alert(1)</script>", "text/html", "attachment"),
    ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "attachment"),
    ("application/octet-stream", b"\0\1\2" * 99, "application/octet-stream", "attachment"),
]


def test_the_store_is_told_what_the_bytes_are(
    in_a_data_centre: Installation,  # noqa: F811
    s3_server: S3Server,
    s3_bucket: str,
) -> None:
    keys = {"access_key": s3_server.access_key, "secret_key": s3_server.secret_key, "region": s3_server.region}
    store = Minio(urlsplit(s3_server.endpoint).netloc, secure=False, **keys)
    with http.Client(base_url=in_a_data_centre.url, timeout=30, follow_redirects=True) as client:
        anna = register(client, "anna")
        for declared, body, kept, disposition in KEPT_AS:
            about = {"filename": "a", "content_type": declared, "size": len(body)}
            upload = client.post("/uploads/presign", json=about, headers=anna).json()
            assert send(client, upload, body).status_code == 200
            asset = client.get(f"/assets/{complete(client, anna, upload)}", headers=anna).json()
            lying = store.stat_object(s3_bucket, asset["object_key"])
            assert (lying.content_type, (lying.metadata or {}).get("content-disposition")) == (kept, disposition)
            assert client.get(asset["download_url"]).content == body


def register(client: httpx2.Client, name: str) -> dict[str, str]:
    email = f"{name}@example.com"
    assert client.post("/auth/register", json={"email": email, "password": PASSWORD}).status_code == 201
    answer = client.post("/auth/login", json={"email": email, "password": PASSWORD})
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def presign(client: httpx2.Client, by: dict[str, str]) -> dict[str, Any]:
    about = {"filename": "me.jpg", "content_type": "image/jpeg", "size": len(photo())}
    answer = client.post("/uploads/presign", json=about, headers=by)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def send(client: httpx2.Client, upload: dict[str, Any], body: bytes, **headers: str) -> httpx2.Response:
    return client.put(upload["upload_url"], content=body, headers={**upload["headers"], **headers})


def refuse_what_was_not_announced(client: httpx2.Client, upload: dict[str, Any]) -> None:
    """Whoever keeps the bytes: neither another length, nor another type, nor another address is taken."""
    longer = {"Content-Length": str(len(photo()) + 1)}
    assert 400 <= send(client, upload, photo() + b"x", **longer).status_code < 500
    assert 400 <= send(client, upload, photo(), **{"Content-Type": "text/html"}).status_code < 500
    moved = upload["upload_url"].replace(upload["upload_id"], "0" * 8 + upload["upload_id"][8:])
    assert client.put(moved, content=photo(), headers=upload["headers"]).status_code == 403


def complete(client: httpx2.Client, by: dict[str, str], upload: dict[str, Any]) -> str:
    """By many at once, who all hear the same."""
    about = [{"upload_id": upload["upload_id"]}, {"object_key": upload["object_key"]}] * 3
    with ThreadPoolExecutor(len(about)) as threads:
        answers = list(threads.map(lambda each: client.post("/uploads/complete", json=each, headers=by), about))
    assert {answer.status_code for answer in answers} == {201}, [answer.text for answer in answers]
    assert len({answer.content for answer in answers}) == 1
    return str(answers[0].json()["asset_id"])


def until_settled(client: httpx2.Client, by: dict[str, str], asset_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        asset: dict[str, Any] = client.get(f"/assets/{asset_id}", headers=by).json()
        if asset["status"] != "processing":
            return asset
        time.sleep(0.1)
    raise AssertionError("the worker never came to this asset")


def check_facts(asset: dict[str, Any]) -> None:
    assert asset["status"] == "ready", asset["meta"]["reason"]
    assert (asset["mime"], asset["size"]) == ("image/jpeg", len(photo()))
    assert (asset["meta"]["width"], asset["meta"]["height"]) == (640, 480)
    assert asset["thumb_key"]


def check_lists(client: httpx2.Client, owner: dict[str, str], other: dict[str, str], asset_id: str) -> None:
    listed = client.get("/assets", headers=owner).json()
    assert ([asset["id"] for asset in listed["assets"]], listed["total"]) == ([asset_id], 1)
    assert client.get("/assets", headers=other).json()["total"] == 0
    assert client.get(f"/assets/{asset_id}", headers=other).status_code == 404


def same_by_the_other_door(client: httpx2.Client, by: dict[str, str], asset: dict[str, Any]) -> None:
    form = {"file": ("me.jpg", photo(), "image/jpeg")}
    project = {"X-Project-Id": asset["meta"]["project_id"]}
    uploaded = client.post("/upload/image", files=form, headers={**by, **project})
    assert uploaded.status_code == 200, uploaded.text
    other = until_settled(client, by, uploaded.json()["id"])
    assert other["meta"] == asset["meta"]
    thumbs = [client.get(each["thumbnail_url"]).content for each in (asset, other)]
    assert thumbs[0] == thumbs[1]
    assert client.delete(f"/assets/{other['id']}", headers=by).status_code == 200


def check_log(client: httpx2.Client, asset_id: str) -> None:
    params = {"subject": f"asset:{asset_id}"}
    logged = client.get("/audit/logs", params=params, headers=sign_in(client)).json()["data"]
    assert [line["action"] for line in logged] == ["asset.completed"]
