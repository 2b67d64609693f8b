"""The README tells the truth: its quick start is run as it stands, against a Darkroom of its first start."""

import re
import subprocess
from pathlib import Path

from tests.integration.stories.running import SOURCES, environment, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import photo
from tests.servers import http
from tests.servers.process import completed

README = SOURCES.parent / "README.md"
BLOCK = re.compile(r"<!-- quick start: .*? -->\n```sh\n(.*?)```", re.DOTALL)
SHOWN_LINK = re.compile(r"(http\S+)/#code=(\S+)")
SHOWN_ONCE = re.compile(r"password\s+(\S+)")


def quick_start(url: str, password: str) -> str:
    """The block of the README with the two values a reader puts in."""
    found = BLOCK.search(README.read_text())
    assert found is not None, "the README has lost its quick start"
    script, urls = re.subn(r"^URL=.*$", f"URL={url}", found[1], flags=re.MULTILINE)
    script, passwords = re.subn(r"^PASSWORD=.*$", f"PASSWORD='{password}'", script, flags=re.MULTILINE)
    assert (urls, passwords) == (1, 1)
    return script


def run(script: str, folder: Path, shell: str = "sh") -> "subprocess.CompletedProcess[str]":
    return completed([shell, "-c", script], cwd=folder, env=environment({}))


def test_the_quick_start_says_when_nothing_answers(tmp_path: Path) -> None:
    done = run(quick_start(f"http://127.0.0.1:{free_port()}", "any"), tmp_path)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1] == "Stopped: this is not an answer of Darkroom. Is it running at this URL?"


def test_the_quick_start_works_as_written(tmp_path: Path) -> None:
    port = free_port()
    settings = {"PORT": str(port), "DATA_DIR": str(tmp_path / "data")}
    log = tmp_path / "up.log"
    (tmp_path / "photo.jpg").write_bytes(photo())
    with process("up", settings=settings, folder=tmp_path) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, log)
        password = SHOWN_ONCE.search(log.read_text())
        assert password is not None, log.read_text()

        refused = run(quick_start(url, "a wrong password"), tmp_path)
        assert refused.returncode != 0
        assert refused.stdout + refused.stderr == "Stopped: username or password is wrong\n"

        done = run("set -eu\n" + quick_start(url, password[1]), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert '"status": "ready"' in done.stdout
        thumb = (tmp_path / "thumb.webp").read_bytes()
        assert (thumb[:4], thumb[8:12]) == (b"RIFF", b"WEBP")
        code = SHOWN_LINK.search(log.read_text())
        assert code is not None
        assert code[1] == url
        came = [http.post(f"{url}/auth/code", json={"code": code[2]}).status_code for _ in range(2)]
        assert came == [200, 401]
        assert log.read_text().count(code[2]) == 1, "the code was shown again"
        assert password[1] not in log.read_text().replace(password[0], "", 1), "the password was shown again"
        for path in (tmp_path / "data", *(tmp_path / "data").rglob("*")):
            assert not path.lstat().st_mode & 0o077, f"{path} is open to others"
