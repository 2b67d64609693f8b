"""A browser plays a film from the address that its upload told, and seeks in it."""

import json
import shutil
from pathlib import Path

import pytest

from adapters.ffmpeg.drawing import draw_film
from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.process import completed

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PASSWORD = "darkroom-demo"
PAGE = """<body><pre id=told></pre><video id=film muted src="{url}"></video><script>
const film = document.getElementById('film'), told = document.getElementById('told');
const say = text => told.textContent += text + ';';
film.onloadedmetadata = () => {{ say(`${{film.videoWidth}}x${{film.videoHeight}}`); film.currentTime = 3; }};
film.onseeked = () => {{ say(`at ${{film.currentTime}}`); film.play(); }};
film.ontimeupdate = () => {{ if (!film.paused && film.currentTime > 3.2) {{ film.pause(); say('played'); }} }};
film.onerror = () => say(`error ${{film.error.message}}`);
</script></body>"""


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
def test_a_browser_plays_a_film_and_seeks_in_it(tmp_path: Path) -> None:
    port = free_port()
    settings = {"PORT": str(port), "DATA_DIR": str(tmp_path / "data")}
    project = json.loads(darkroom("seed", "--json", settings=settings, folder=tmp_path))["project_id"]
    film = tmp_path / "film.mp4"
    assert draw_film(film)
    with process("up", settings=settings, folder=tmp_path) as child:
        base = f"http://127.0.0.1:{port}"
        wait_until_ready(base, child, tmp_path / "up.log")
        signed_in = http.post(f"{base}/auth/login", json={"username": "demo", "password": PASSWORD}).json()
        headers = {"Authorization": f"Bearer {signed_in['access_token']}", "X-Project-Id": project}
        kept = http.post(f"{base}/upload/file", headers=headers, files={"file": film.open("rb")}).json()
        page = tmp_path / "page.html"
        page.write_text(PAGE.format(url=kept["url"]))
        seen = shown(page, tmp_path / "profile")
    assert "480x320;at 3;played;" in seen


def shown(page: Path, profile: Path) -> str:
    """What the page has come to be after a while."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required")
    waiting = ("--timeout=10000", "--virtual-time-budget=10000", "--dump-dom")
    command = [str(BROWSER), *options, f"--user-data-dir={profile}", *waiting, page.as_uri()]
    return completed(command, seconds=120).stdout
