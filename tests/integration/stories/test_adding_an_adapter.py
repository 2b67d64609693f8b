"""docs/guide/adapters.md, followed word by word in a copy of the tree."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.stories.running import environment, free_port, process, wait_until_ready
from tests.servers import http
from tests.servers.process import completed

PAGE = (ROOT / "docs" / "guide" / "adapters.md").read_text()
COPIED = ("src", "tests", "bench", "migrations", "pyproject.toml")
NEW_FILE = re.compile(r"<!-- file: (\S+) -->\n```python\n(.*?)```", re.DOTALL)
EMPTY_FILE = re.compile(r"<!-- file: (\S+) is empty -->")
INSERTION = re.compile(r"<!-- into: (\S+), (before|after): (.+?) -->\n```python\n(.*?)```", re.DOTALL)
COMMANDS = re.compile(r"<!-- followed by \S+/test_adding_an_adapter\.py -->\n```sh\n(.*?)```", re.DOTALL)
PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with what the page says to write."""
    tree = tmp_path_factory.mktemp("tree")
    for name in COPIED:
        source, target = ROOT / name, tree / name
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, target, ignore=ignore) if source.is_dir() else shutil.copy(source, target)
    (tree / ".venv").symlink_to(sys.prefix)
    for name in EMPTY_FILE.findall(PAGE):
        write(tree / name, "")
    for name, text in NEW_FILE.findall(PAGE):
        write(tree / name, text)
    for name, side, line, text in INSERTION.findall(PAGE):
        insert(tree / name, side, line, text)
    return tree


def write(path: Path, text: str) -> None:
    assert not path.exists(), f"{path} is there already"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def insert(path: Path, side: str, anchor: str, text: str) -> None:
    lines = path.read_text().splitlines(keepends=True)
    [found] = [number for number, line in enumerate(lines) if line.strip().startswith(anchor)]
    lines.insert(found + (side == "after"), text)
    path.write_text("".join(lines))


def commands() -> list[str]:
    lines = [line for block in COMMANDS.findall(PAGE) for line in block.splitlines()]
    assert lines[-1].endswith("darkroom up"), "the page ends by starting the program"
    return lines


def run(tree: Path, script: str) -> str:
    settings = {"DATA_DIR": str(tree / "data"), "PYTHONPATH": str(tree / "src")}
    done = completed(
        ["sh", "-euc", script],
        cwd=tree,
        env=environment(settings),
        seconds=120,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def test_the_page_names_every_step() -> None:
    assert len(NEW_FILE.findall(PAGE)) == 2, "the adapter and its test"
    assert len(INSERTION.findall(PAGE)) == 2, "the function and its line"
    assert len(EMPTY_FILE.findall(PAGE)) == 1


def test_the_commands_of_the_page_succeed(tree: Path) -> None:
    said = run(tree, "\n".join(commands()[:-1]))
    assert "All checks passed!" in said
    assert "0 broken" in said
    assert re.search(r"\bflat\b", said), "the doctor names the store"


def test_the_program_runs_on_the_new_store(tree: Path, tmp_path: Path) -> None:
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(tmp_path / "data"),
        "BLOB_STORE": "flat",
        "SU_USERNAME": "admin",
        "SU_PASSWORD": PASSWORD,
        "PYTHONPATH": str(tree / "src"),
    }
    body = os.urandom(3_000_000)
    with process("up", settings=settings, folder=tmp_path) as child:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, child, tmp_path / "up.log")
        with http.Client(base_url=url, timeout=30) as client:
            signed_in = client.post("/auth/login", json={"username": "admin", "password": PASSWORD}).json()
            client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"
            project = client.post("/projects", json={"name": "Flat"}).json()["id"]
            sent = client.post("/upload/file", params={"project_id": project}, files={"file": ("a.bin", body)})
            assert sent.status_code == 200, sent.text
            read = client.get(f"/files/{sent.json()['id']}/content")
    assert read.content == body
    stored = [path.name for path in (tmp_path / "data" / "flat").iterdir()]
    assert [Path(name).suffix for name in stored] == [".blob"]
