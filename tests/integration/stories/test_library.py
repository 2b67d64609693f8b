"""An album from the first picture to the last version, on a laptop's choices and on a data centre's."""

import hashlib
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from PIL import Image

from tests.integration.stories.running import PATIENCE, darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.ceph import S3Server

THEIRS = ECKey.generate_key("P-256", private=True)
LATE = 4_000_000_000


def signed(*permissions: str) -> dict[str, str]:
    claims = {"sub": "user123", "permissions": list(permissions), "is_admin": False, "exp": LATE}
    return {"Authorization": f"Bearer {jwt.encode({'alg': 'ES256'}, claims, THEIRS, algorithms=['ES256'])}"}


WRITER = signed("media_store_read", "media_store_write")


@pytest.fixture
def on_a_laptop(tmp_path: Path) -> dict[str, str]:
    return {"DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def in_a_data_centre(tmp_path: Path, empty_postgres_url: str, s3_server: S3Server, s3_bucket: str) -> dict[str, str]:
    return {
        "DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": empty_postgres_url,
        "S3_ENDPOINT": s3_server.endpoint,
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
        "S3_REGION": s3_server.region,
        "S3_BUCKET": s3_bucket,
    }


@pytest.fixture(params=["on_a_laptop", "in_a_data_centre"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    settings, port = request.getfixturevalue(request.param), free_port()
    key = tmp_path / "theirs.pem"
    key.write_bytes(THEIRS.as_pem(private=False))
    settings |= {"PORT": str(port), "PUBLIC_KEY_PATH": str(key)}
    darkroom("migrate", settings=settings, folder=tmp_path)
    with process("up", settings=settings, folder=tmp_path) as child:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(address, child, tmp_path / "up.log")
        yield address


def picture(number: int) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2023:01:01 12:00:00"
    out = io.BytesIO()
    Image.linear_gradient("L").resize((64, 48)).point(lambda level: (level + number) % 256).save(out, "JPEG", exif=exif)
    return out.getvalue()


def made(answer: httpx2.Response, status: int = 201) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def test_an_album(url: str) -> None:
    with http.Client(base_url=url, timeout=PATIENCE, follow_redirects=True) as reader:
        assert made(reader.get("/entity/"), 200)["items"] == []
        assert reader.post("/entity/", data={"label": "x"}).status_code == 401
        assert reader.post("/entity/", data={"label": "x"}, headers=signed("media_store_read")).status_code == 403

        def add(number: int, label: str = "thing", **fields: str) -> httpx2.Response:
            files = {"image": ("a.jpg", picture(number))}
            return reader.post("/entity/", data={"label": label, **fields}, files=files, headers=WRITER)

        # The library does not exist yet, and many come at once: some with the same picture.
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(add, [1, 2, 3, 4, 1, 1, 1, 2]))
        assert sorted(answer.status_code for answer in told) == [201] * 4 + [409] * 4
        ids = sorted(answer.json()["id"] for answer in told if answer.status_code == 201)

        fields = {"label": "Álbum", "is_collection": "true"}
        album = made(reader.post("/entity", data=fields, headers=WRITER))
        first = made(add(10, "cover", parent_id=str(album["id"])))
        md5 = hashlib.md5(picture(10), usedforsecurity=False).hexdigest()
        assert (first["md5"], first["create_date"], first["added_by"]) == (md5, "2023-01-01T12:00:00Z", "user123")
        assert first["file_path"].endswith(f"/{md5}.jpg")
        where = f"/entity/{first['id']}"

        files = {"image": ("b.jpg", picture(11))}
        made(reader.put(where, data={"label": "new cover"}, files=files, headers=WRITER), 200)
        change = {"body": {"description": "СОЛНЦЕ", "parent_id": album["id"]}}
        latest = made(reader.patch(where, json=change, headers=WRITER), 200)
        versions = made(reader.get(f"{where}/versions"), 200)
        assert [each["version"] for each in versions] == [1, 2, 3]
        assert made(reader.get(f"{where}?version=1"), 200) == first
        assert made(reader.get(where), 200) == latest
        assert reader.get(f"{where}/file?version=1").content == picture(10)
        assert reader.get(f"{where}/file").content == picture(11)
        part = reader.get(f"{where}/file", headers={"Range": "bytes=0-1"})
        assert (part.status_code, part.content) == (206, picture(11)[:2])

        query = {"search_query": "солнце", "filter_param": f"type=image,parent_id={album['id']}"}
        found = made(reader.get("/entity/", params=query), 200)
        assert [item["id"] for item in found["items"]] == [first["id"]]
        assert found["pagination"]["total_items"] == 1
        assert made(reader.get("/entity/?version=2"), 200)["items"][0]["label"] == "new cover"

        assert reader.delete(f"/entity/{album['id']}", headers=WRITER).status_code == 409
        made(reader.delete(f"/entity/{album['id']}?recursive=true", headers=WRITER), 200)
        assert reader.get(where).status_code == 404
        assert [item["id"] for item in made(reader.get("/entity"), 200)["items"]] == ids

        # What is gone for good can come back, under another number and to the same place.
        again = made(add(10))
        assert again["id"] > first["id"]
        assert again["file_path"] == first["file_path"]
        assert reader.get(f"/entity/{again['id']}/file").content == picture(10)
