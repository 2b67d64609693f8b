"""A browser plays a film from the address that its upload told, and seeks in it."""

import json
from pathlib import Path

import pytest

from adapters.ffmpeg.drawing import draw_film
from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.browser import seen_by

PASSWORD = "darkroom-demo"
PAGE = """<video id=film muted src="{url}"></video><script>
const film = document.getElementById('film'), seen = [];
film.onloadedmetadata = () => {{ seen.push(`${{film.videoWidth}}x${{film.videoHeight}}`); film.currentTime = 3; }};
film.onseeked = () => {{ seen.push(`at ${{film.currentTime}}`); film.play(); }};
film.ontimeupdate = () => {{
  if (!film.paused && film.currentTime > 3.2) {{ film.pause(); seen.push('played'); tell(seen); }}
}};
film.onerror = () => tell(`error ${{film.error.message}}`);
</script>"""


@pytest.mark.usefixtures("browser")
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
        assert seen_by(PAGE.format(url=kept["url"]), tmp_path) == ["480x320", "at 3", "played"]
