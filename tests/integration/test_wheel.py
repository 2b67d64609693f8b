"""A built wheel is the whole product: installed on its own, away from the source, it starts and migrates."""

import importlib.util
import json
import os
import sys
import sysconfig
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from trove_classifiers import classifiers as known_classifiers

from entrypoints.foreign_packages import ADVICE
from tests.conftest import IN_CI, ROOT
from tests.foreign_wheels import foreign_wheel
from tests.servers.process import completed

PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
OFFLINE = ("--no-index", "--no-deps")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("hatchling") is None and not IN_CI:
        pytest.skip("hatchling is not installed: make test")
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, *PIP, "wheel", *OFFLINE, "--no-build-isolation", f"--wheel-dir={place}", str(ROOT), cwd=place)
    (built,) = place.glob("darkroom_media-*.whl")
    return built


@pytest.fixture(scope="module")
def described(wheel: Path) -> Message:
    """What the wheel says of itself, as an index shows it."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return message_from_bytes(archive.read(name))


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`darkroom`, installed from the wheel into an environment that borrows only our libraries."""
    return installed(tmp_path_factory.mktemp("venv"), wheel)


def installed(place: Path, *wheels: Path) -> Path:
    run(sys.executable, "-m", "venv", "--without-pip", str(place), cwd=place.parent)
    for wheel in wheels:
        run(sys.executable, *PIP, f"--python={place}/bin/python", "install", *OFFLINE, str(wheel), cwd=place)
    # Listed in a .pth, the directory lends its libraries; its own .pth files, which name our source, stay unread.
    (own,) = place.glob("lib/python*/site-packages")
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return place / "bin" / "darkroom"


def test_the_wheel_holds_every_migration_and_asset(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    console = ROOT / "src" / "entrypoints" / "http" / "console"
    assets = {str(file.relative_to(ROOT / "src")) for file in console.rglob("*") if is_source(file)}
    migrations = {
        str("adapters/sql/migrations" / file.relative_to(ROOT / "migrations"))
        for file in (ROOT / "migrations").rglob("*")
        if is_source(file)
    }
    assert assets
    assert migrations
    assert assets | migrations <= inside


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    metadata = {top for top in tops if top.endswith(".dist-info")}
    assert len(metadata) == 1
    assert tops - metadata == {"domain", "application", "adapters", "entrypoints"}


def test_the_wheel_says_what_it_is(described: Message, wheel: Path) -> None:
    assert (described["Name"], described["License-Expression"]) == ("darkroom-media", "MIT")
    assert described["Summary"]
    assert described["Author"] == "Darkroom contributors"
    assert described["Keywords"]
    links = dict(each.split(", ") for each in described.get_all("Project-URL", []))
    assert set(links) == {"Homepage", "Documentation", "Changelog", "Issues"}
    assert all(link.startswith("https://") for link in links.values())


def test_the_wheel_carries_the_licence(described: Message, wheel: Path) -> None:
    (named,) = described.get_all("License-File", [])
    with zipfile.ZipFile(wheel) as archive:
        (inside,) = [name for name in archive.namelist() if name.endswith(f".dist-info/licenses/{named}")]
        assert archive.read(inside) == (ROOT / "LICENSE").read_bytes()


def test_the_wheel_has_classifiers_that_exist_and_agree(described: Message, wheel: Path) -> None:
    chosen = set(described.get_all("Classifier", []))
    assert chosen <= known_classifiers
    assert {each.partition(" ::")[0] for each in chosen} >= {
        "Development Status",
        "Framework",
        "Intended Audience",
        "Operating System",
        "Programming Language",
        "Topic",
    }
    oldest, newest = described["Requires-Python"].removeprefix(">=3."), 14
    minors = {f"Programming Language :: Python :: 3.{minor}" for minor in range(int(oldest), newest + 1)}
    assert {each for each in chosen if each.startswith("Programming Language :: Python :: 3.")} == minors
    assert "Typing :: Typed" in chosen
    with zipfile.ZipFile(wheel) as archive:
        marked = {name for name in archive.namelist() if name.endswith("py.typed")}
    assert marked == {f"{ours}/py.typed" for ours in ("domain", "application", "adapters", "entrypoints")}


def test_the_installed_program_knows_its_version(program: Path, described: Message, tmp_path: Path) -> None:
    assert run(str(program), "--version", cwd=tmp_path) == f"darkroom {described['Version']}\n"


def test_the_installed_program_teaches(program: Path, tmp_path: Path) -> None:
    assert "migrate" in run(str(program), "--help", cwd=tmp_path)


def test_the_installed_program_migrates_from_an_empty_directory(program: Path, tmp_path: Path) -> None:
    run(str(program), "migrate", cwd=tmp_path)
    assert (tmp_path / "data" / "media_store.db").stat().st_size > 0


def test_the_installed_program_is_not_our_source(program: Path, tmp_path: Path) -> None:
    where = "import entrypoints, sys; sys.stdout.write(entrypoints.__file__)"
    origin = Path(run(str(program.with_name("python")), "-c", where, cwd=tmp_path))
    assert origin.is_relative_to(program.parents[1])


def test_a_distribution_that_overwrites_our_files_is_named(wheel: Path, tmp_path: Path) -> None:
    other = foreign_wheel(tmp_path, "adapters", {"adapters/__init__.py": "NAME = 1\n", "adapters/more.py": ""})
    program = installed(tmp_path / "venv", wheel, other)
    done = completed([program, "doctor", "--json"], cwd=tmp_path)
    assert done.returncode == 1
    (finding,) = [each for each in json.loads(done.stdout)["findings"] if each["name"] == "packages"]
    named = "the distribution adapters 1.2.0 has files in our package adapters: "
    assert finding == {"name": "packages", "fine": False, "detail": named + ADVICE}


def test_a_distribution_that_breaks_the_start_is_named_instead_of_a_traceback(wheel: Path, tmp_path: Path) -> None:
    other = foreign_wheel(tmp_path, "domain", {"domain/__init__.py": "", "domain/errors.py": "class Failed: ...\n"})
    program = installed(tmp_path / "venv", wheel, other)
    done = completed([program, "up"], cwd=tmp_path)
    named = "the distribution domain 1.2.0 has files in our package domain: "
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"darkroom: {named}{ADVICE}\n")


def run(*command: str, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = completed(command, cwd=cwd, env=env)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts
