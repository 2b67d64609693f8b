"""What exiftool finds in a picture and in a film reaches those who may know it, and nobody else."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.unit.adapters.films import film
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.contracts.heic_pictures import heic
from tests.unit.contracts.image_transformer import CAMERA, is_upright, taken_somewhere

PASSWORD = "darkroom-demo"
XMP = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
tiff:Make="Maker" exif:GPSLatitude="48,12.492N" exif:GPSLongitude="16,22.428E"/></rdf:RDF></x:xmpmeta>"""


@pytest.fixture(params=["auto", "builtin"])
def service(request: pytest.FixtureRequest, exiftool: None, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """Its address, the project, and who reads."""
    port = free_port()
    settings = {"PORT": str(port), "DATA_DIR": str(tmp_path / "data"), "METADATA_READER": request.param}
    project = json.loads(darkroom("seed", "--json", settings=settings, folder=tmp_path))["project_id"]
    with process("up", settings=settings, folder=tmp_path) as child:
        wait_until_ready(f"http://127.0.0.1:{port}", child, tmp_path / "up.log")
        yield f"http://127.0.0.1:{port}", project, request.param


def test_the_owner_alone_is_told_where(service: tuple[str, str, str], tmp_path: Path) -> None:
    base, project, chosen = service
    signed_in = http.post(f"{base}/auth/login", json={"username": "demo", "password": PASSWORD}).json()
    owner = {"Authorization": f"Bearer {signed_in['access_token']}", "X-Project-Id": project}
    key = http.post(f"{base}/projects/{project}/keys", headers=owner, json={"name": "k"}).json()["key"]
    picture = encoded(quarters(), "image/jpeg", xmp=XMP)
    kept = http.post(f"{base}/upload/image", headers=owner, files={"file": picture}).json()
    recorded = film(tmp_path / "a.mp4", location="+48.2082+016.3738/", title="A")
    filmed = http.post(f"{base}/upload/file", headers=owner, files={"file": recorded.open("rb")}).json()
    shown, others = settled(base, kept["id"], owner), settled(base, kept["id"], {"X-Api-Key": key})
    if chosen == "builtin":
        assert shown["metadata"] == {}
    else:
        assert shown["metadata"] == {"camera_make": "Maker", "gps": {"latitude": 48.2082, "longitude": 16.3738}}
        assert others["metadata"] == {"camera_make": "Maker"}
    for url in shown["variants"].values():
        body = http.get(url, headers=owner).content
        assert b"Maker" not in body
        assert b"48,12" not in body
    film_shown, film_others = settled(base, filmed["id"], owner), settled(base, filmed["id"], {"X-Api-Key": key})
    assert film_shown["metadata"]["tags"] == {"title": "A"}
    assert film_shown["metadata"]["gps"]["latitude"] == pytest.approx(48.2082, abs=1e-4)
    assert film_others["metadata"] == {name: told for name, told in film_shown["metadata"].items() if name != "gps"}


def test_a_phone_sends_a_heic(service: tuple[str, str, str]) -> None:
    base, project, _ = service
    signed_in = http.post(f"{base}/auth/login", json={"username": "demo", "password": PASSWORD}).json()
    owner = {"Authorization": f"Bearer {signed_in['access_token']}", "X-Project-Id": project}
    exif = taken_somewhere()
    exif[0x0112] = 6
    content = heic(quarters((401, 299)).transpose(Image.Transpose.ROTATE_90), exif=exif)
    kept = http.post(f"{base}/upload/image", headers=owner, files={"file": ("IMG_1.HEIC", content)}).json()
    shown = settled(base, kept["id"], owner)
    assert (shown["mime_type"], shown["width"], shown["height"]) == ("image/heic", 401, 299)
    assert shown["metadata"].items() >= CAMERA.items()
    assert shown["metadata"]["gps"]["latitude"] == pytest.approx(52.52, abs=1e-4)
    assert shown["variants"]
    for url in shown["variants"].values():
        picture = Image.open(io.BytesIO(http.get(url).content))
        assert is_upright(picture)
        assert not picture.getexif()


def settled(base: str, file_id: str, headers: dict[str, str]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while True:
        shown: dict[str, Any] = http.get(f"{base}/files/{file_id}", headers=headers).json()
        if shown["status"] != "processing" or time.monotonic() > deadline:
            assert shown["status"] == "ready", shown
            return shown
        time.sleep(0.1)
