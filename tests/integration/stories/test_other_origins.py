"""A page of another origin shows pictures that lie on S3, and reads their bytes, in a real browser."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.integration.stories.running import (
    PATIENCE,
    PROGRAM,
    darkroom,
    environment,
    free_port,
    process,
    wait_until_ready,
)
from tests.servers import http
from tests.servers.browser import seen_by
from tests.servers.ceph import S3Server
from tests.servers.process import completed
from tests.unit.contracts.drawn import encoded, quarters

PICTURE = encoded(quarters((60, 40)), "image/png")
PASSWORD = "darkroom-demo"
PAGE = """<script>
const shown = address => new Promise(done => {
  const image = new Image();
  image.onload = () => done(`${image.naturalWidth}x${image.naturalHeight}`);
  image.onerror = () => done('not shown');
  image.src = address;
});
const read = address => fetch(address, {headers: {Range: 'bytes=1-3'}}).then(answer => answer.text(), () => 'not read');
Promise.all([...ADDRESSES.map(shown), ...ADDRESSES.map(read)]).then(tell);
</script>"""
CHOICES = {
    "redirects": {"S3_CORS_ORIGINS": "*"},
    "public bucket": {"S3_PUBLIC_BUCKET": "true", "S3_CORS_ORIGINS": "*"},
    "proxy": {"SERVE": "proxy"},
}


@pytest.fixture
def settings(tmp_path: Path, s3_server: S3Server, s3_bucket: str) -> Mapping[str, str]:
    return {
        "PORT": str(free_port()),
        "DATA_DIR": str(tmp_path / "data"),
        "S3_ENDPOINT": s3_server.endpoint,
        "S3_ACCESS_KEY": s3_server.access_key,
        "S3_SECRET_KEY": s3_server.secret_key,
        "S3_REGION": s3_server.region,
        "S3_BUCKET": s3_bucket,
    }


@pytest.fixture(params=CHOICES)
def addresses(request: pytest.FixtureRequest, settings: Mapping[str, str], tmp_path: Path) -> Iterator[list[str]]:
    """Of one picture: what is handed out, and that by its id."""
    chosen = {**settings, **CHOICES[request.param]}
    project = json.loads(darkroom("seed", "--json", settings=chosen, folder=tmp_path))["project_id"]
    with process("up", settings=chosen, folder=tmp_path) as child:
        base = f"http://127.0.0.1:{settings['PORT']}"
        wait_until_ready(base, child, tmp_path / "up.log")
        signed_in = http.post(f"{base}/auth/login", json={"username": "demo", "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {signed_in['access_token']}", "X-Project-Id": project}
        kept = http.post(f"{base}/upload/image", headers=headers, files={"file": PICTURE}).json()
        yield [kept["original_url"], f"{base}/files/{kept['id']}/content"]


@pytest.mark.usefixtures("browser")
def test_a_page_of_another_origin_shows_pictures_and_reads_them(addresses: list[str], tmp_path: Path) -> None:
    seen = seen_by(PAGE.replace("ADDRESSES", json.dumps(addresses)), tmp_path)
    assert seen == ["60x40", "60x40", "PNG", "PNG"]


def test_the_doctor_asks_the_bucket_as_a_browser_does(settings: Mapping[str, str], tmp_path: Path) -> None:
    darkroom("seed", settings=settings, folder=tmp_path)
    assert "set S3_CORS_ORIGINS" in of_the_bucket(settings, tmp_path)["detail"]
    named = {**settings, "S3_CORS_ORIGINS": "https://app.example,https://other.example"}
    refused = of_the_bucket(named, tmp_path)
    assert not refused["fine"]
    assert "refuses pages of https://app.example, https://other.example" in refused["detail"]
    with process("up", settings=named, folder=tmp_path) as child:
        wait_until_ready(f"http://127.0.0.1:{settings['PORT']}", child, tmp_path / "up.log")
        allowed = of_the_bucket(named, tmp_path)
    assert allowed == {
        "name": "browsers",
        "fine": True,
        "detail": "the bucket lets in pages of https://app.example, https://other.example",
    }
    elsewhere = of_the_bucket({**named, "S3_PUBLIC_ENDPOINT": "http://127.0.0.1:1"}, tmp_path)
    assert elsewhere["fine"]
    assert "could not be asked" in elsewhere["detail"]


def of_the_bucket(settings: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """The doctor's line about it; other lines are not our concern here."""
    command = [*PROGRAM, "doctor", "--json"]
    told = completed(command, seconds=PATIENCE, cwd=folder, env=environment(settings)).stdout
    return next(dict(line) for line in json.loads(told)["findings"] if line["name"] == "browsers")
