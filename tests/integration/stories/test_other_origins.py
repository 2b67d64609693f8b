"""A page of another origin shows pictures that lie on S3, in a real browser."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.browser import seen_by
from tests.servers.ceph import S3Server
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
Promise.all(ADDRESSES.map(shown)).then(tell);
</script>"""


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


@pytest.fixture(params=["redirects", "public bucket"])
def addresses(request: pytest.FixtureRequest, settings: Mapping[str, str], tmp_path: Path) -> Iterator[list[str]]:
    """Of one picture: what is handed out, and that by its id."""
    chosen = {**settings, "S3_PUBLIC_BUCKET": "true"} if request.param == "public bucket" else settings
    project = json.loads(darkroom("seed", "--json", settings=chosen, folder=tmp_path))["project_id"]
    with process("up", settings=chosen, folder=tmp_path) as child:
        base = f"http://127.0.0.1:{settings['PORT']}"
        wait_until_ready(base, child, tmp_path / "up.log")
        signed_in = http.post(f"{base}/auth/login", json={"username": "demo", "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {signed_in['access_token']}", "X-Project-Id": project}
        kept = http.post(f"{base}/upload/image", headers=headers, files={"file": PICTURE}).json()
        yield [kept["original_url"], f"{base}/files/{kept['id']}/content"]


@pytest.mark.usefixtures("browser")
def test_a_page_of_another_origin_shows_pictures(addresses: list[str], tmp_path: Path) -> None:
    assert seen_by(PAGE.replace("ADDRESSES", json.dumps(addresses)), tmp_path) == ["60x40", "60x40"]
