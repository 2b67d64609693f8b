"""Another project with packages of our names in the same environment is named in one line, with what to do."""

import asyncio
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from entrypoints import program
from entrypoints.foreign_packages import ADVICE, OURS, foreign_packages
from entrypoints.logs import configure_logs
from entrypoints.program import Program
from entrypoints.settings import load_settings
from entrypoints.stopping import Stop
from tests.conftest import ROOT
from tests.foreign_wheels import foreign_wheel
from tests.servers.machine import free_ports
from tests.servers.process import completed

MEMORY = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory"}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder of installed packages that holds ours alone."""
    for name in OURS:
        (tmp_path / "site" / name).mkdir(parents=True)
        (tmp_path / "site" / name / "__init__.py").touch()
    distribution(tmp_path / "site", "darkroom_media", *(f"{name}/__init__.py" for name in OURS))
    return tmp_path / "site"


def distribution(site: Path, name: str, *files: str) -> None:
    """What an installer writes down about a distribution."""
    (site / f"{name}-1.2.0.dist-info").mkdir()
    (site / f"{name}-1.2.0.dist-info" / "RECORD").write_text("".join(f"{file},sha256=x,1\n" for file in files))


def test_this_environment_has_no_other() -> None:
    assert foreign_packages() is None


def test_our_own_files_are_no_reason_to_complain(site: Path) -> None:
    distribution(site, "starlette", "starlette/__init__.py", "starlette/adapters/__init__.py", "adaptersmith/a.py")
    assert foreign_packages([str(site), str(site), "/nowhere"], site) is None


def test_another_distribution_with_files_in_a_package_of_ours_is_named(site: Path) -> None:
    distribution(site, "ports_and_more", "readme.txt", "adapters/http.py", "domain/a.py")
    found = foreign_packages([str(site)], site)
    assert found == f"the distribution ports_and_more 1.2.0 has files in our packages domain, adapters: {ADVICE}"


def test_every_other_distribution_is_in_the_one_line(site: Path) -> None:
    distribution(site, "adapters", "adapters/__init__.py")
    distribution(site, "darkroom", '"entrypoints/a, b.py"')
    found = foreign_packages([str(site)], site)
    assert found is not None
    assert "\n" not in found
    assert "adapters 1.2.0 has files in our package adapters; " in found
    assert "darkroom 1.2.0 has files in our package entrypoints: " in found


def test_what_hides_ours_without_having_been_installed_is_named_by_its_path(site: Path, tmp_path: Path) -> None:
    (tmp_path / "domain.py").touch()
    assert foreign_packages([str(site), str(tmp_path)], site) is None, "ours is found first"
    found = foreign_packages([str(tmp_path), str(site)], site)
    assert found == f"{tmp_path}/domain.py hides our package domain: {ADVICE}"


def test_a_module_beside_our_package_changes_nothing(site: Path) -> None:
    (site / "entrypoints.py").touch()
    distribution(site, "entrypoints", "entrypoints.py")
    assert foreign_packages([str(site)], site) is None


def test_an_environment_without_its_lists_is_none_of_our_business(site: Path) -> None:
    (site / "odd-1.2.0.dist-info").mkdir()
    (site / "noversion.dist-info").mkdir()
    assert foreign_packages([str(site)], site) is None


@pytest.mark.slow
def test_a_wheel_that_was_really_installed_is_named(tmp_path: Path) -> None:
    wheel = foreign_wheel(tmp_path, "adapters", {"adapters/__init__.py": ""})
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-index", "--no-deps"]
    completed([*pip, f"--target={tmp_path}/target", wheel], check=True)
    found = foreign_packages([f"{tmp_path}/target", *sys.path])
    assert found == f"the distribution adapters 1.2.0 has files in our package adapters: {ADVICE}"


@pytest.mark.slow
def test_looking_costs_a_fraction_of_what_the_standard_library_takes_for_it() -> None:
    assert cpu(foreign_packages) < cpu(packages_distributions) / 2


def cpu(work: Callable[[], object]) -> float:
    """The least of five runs, in seconds of this process."""

    def once() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return min(once() for _ in range(5))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["up", "serve", "work"])
def test_every_program_says_it_in_one_line_when_it_starts(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(program, "foreign_packages", lambda: "the distribution adapters 1.2.0 has files in ours")
    assert started(name).count(b"App | the distribution adapters 1.2.0 has files in ours\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["up", "serve", "work"])
def test_a_program_that_is_alone_says_nothing(name: str) -> None:
    assert b"packages" not in started(name)


def started(name: str) -> bytes:
    """The log of a program that is asked to stop before it begins."""
    stream, stop = io.BytesIO(), Stop()
    stop.ask()
    configure_logs("text", "info", stream=stream)
    try:
        one = Program(load_settings(**MEMORY, PORT=str(*free_ports(1))), stop)
        asyncio.run({"up": lambda: one.up(str, str), "serve": lambda: one.serve(str, str), "work": one.work}[name]())
    finally:
        configure_logs("text", "error", stream=sys.__stderr__.buffer)  # type: ignore[union-attr]
    return stream.getvalue()


def test_a_start_that_fails_over_it_is_one_line_too(tmp_path: Path) -> None:
    (tmp_path / "domain").mkdir()
    (tmp_path / "domain" / "__init__.py").touch()
    done = version(str(tmp_path), str(ROOT / "src"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"darkroom: {tmp_path}/domain/__init__.py hides our package domain: {ADVICE}\n"


@pytest.mark.slow
def test_a_start_that_fails_over_something_else_shows_it_all(tmp_path: Path) -> None:
    (tmp_path / "typer.py").touch()
    done = version(str(tmp_path), str(ROOT / "src"))
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert ADVICE not in done.stderr


def version(*path: str) -> subprocess.CompletedProcess[str]:
    """`darkroom --version` with these folders searched first."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(path)}
    command = [sys.executable, "-m", "entrypoints.cli", "--version"]
    return completed(command, env=environment, cwd=path[0])
