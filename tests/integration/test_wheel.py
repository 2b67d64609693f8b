"""A built wheel is the whole product: installed on its own, away from the source, it starts and migrates."""

import importlib.util
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.conftest import IN_CI, ROOT

PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")
OFFLINE = ("--no-index", "--no-deps")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("hatchling") is None and not IN_CI:
        pytest.skip("hatchling is not installed: make test")
    place = tmp_path_factory.mktemp("wheel")
    run(sys.executable, *PIP, "wheel", *OFFLINE, "--no-build-isolation", f"--wheel-dir={place}", str(ROOT), cwd=place)
    (built,) = place.glob("darkroom-*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`darkroom`, installed from the wheel into an environment that borrows only our libraries."""
    place = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", "--without-pip", str(place), cwd=place)
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


def test_the_installed_program_teaches(program: Path, tmp_path: Path) -> None:
    assert "migrate" in run(str(program), "--help", cwd=tmp_path)


def test_the_installed_program_migrates_from_an_empty_directory(program: Path, tmp_path: Path) -> None:
    run(str(program), "migrate", cwd=tmp_path)
    assert (tmp_path / "data" / "media_store.db").stat().st_size > 0


def test_the_installed_program_is_not_our_source(program: Path, tmp_path: Path) -> None:
    where = "import entrypoints, sys; sys.stdout.write(entrypoints.__file__)"
    origin = Path(run(str(program.with_name("python")), "-c", where, cwd=tmp_path))
    assert origin.is_relative_to(program.parents[1])


def run(*command: str, cwd: Path) -> str:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def is_source(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts
