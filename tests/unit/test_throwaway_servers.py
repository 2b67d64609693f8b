"""The rules behind the throwaway servers that need no server to be told."""

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT, SETTING_LINE
from tests.servers.install import packages
from tests.servers.machine import PORTS, free_ports, is_free, scratch_directory, version_of
from tests.servers.needs import POSTGRES, Need


def test_the_highest_version_of_a_program_is_taken() -> None:
    found = [Path(f"/usr/lib/postgresql/{version}/bin/initdb") for version in (9, 17, 15)]
    assert max(found, key=version_of).parts[-3] == "17"


def test_ports_are_different_free_and_below_those_of_outgoing_connections() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert all(port in PORTS and is_free(port) for port in ports)


def test_a_scratch_directory_goes_with_all_it_holds() -> None:
    with scratch_directory("trial") as place:
        (place / "deep").mkdir()
        (place / "deep" / "file").touch()
    assert not place.exists()


def test_the_names_of_servers_leave_room_for_their_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/var/folders/a/very/long/name/such/as/macos/gives")
    with scratch_directory("trial") as place:
        assert place.parent == Path("/tmp")


def test_a_server_that_was_brought_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    need = Need("a thing", ("thing",), lambda: "thing was not found", "TEST_THING_URL")
    assert need.absence() == "thing was not found"
    monkeypatch.setenv("TEST_THING_URL", "http://127.0.0.1:1")
    assert need.absence() is None


def test_every_package_of_a_need_is_installed() -> None:
    assert packages([POSTGRES, Need("two", ("one", "other|another"), lambda: None)]) == [
        "postgresql",
        "one",
        "other|another",
    ]


def test_settings_are_found_in_the_example_file() -> None:
    assert SETTING_LINE.findall("# Port\nPORT=3000\n# HOST=127.0.0.1\n#AWS_REGION=\nnot a setting\n") == [
        "PORT",
        "HOST",
        "AWS_REGION",
    ]


STARTERS = {"Popen", "run", "call", "check_call", "check_output", "create_subprocess_exec", "create_subprocess_shell"}
# They start what has to outlive them for a moment, or what ends by itself while nothing is being tested.
ON_THEIR_OWN = {f"servers/{name}.py" for name in ("install", "keep", "needs", "postgres", "process")}
# What it does is what is tested.
MISBEHAVING = {"unit/adapters/hostile_engines.py"}


def starts_a_program(call: ast.Call) -> bool:
    """Whether it does so by the standard library, without saying what becomes of the program when we are killed."""
    of = call.func
    if not (isinstance(of, ast.Attribute) and of.attr in STARTERS and isinstance(of.value, ast.Name)):
        return False
    ends_with_us = any(given.arg == "preexec_fn" for given in call.keywords)
    return (of.value.id == "subprocess" or of.attr.startswith("create_subprocess")) and not ends_with_us


@pytest.mark.slow
def test_tests_start_programs_that_end_with_them() -> None:
    for file in sorted((ROOT / "tests").rglob("*.py")):
        name = str(file.relative_to(ROOT / "tests"))
        if name not in ON_THEIR_OWN | MISBEHAVING:
            lines = [
                node.lineno
                for node in ast.walk(ast.parse(file.read_text()))
                if isinstance(node, ast.Call) and starts_a_program(node)
            ]
            assert not lines, f"{name}: start programs by tests.servers.process (lines {lines})"
