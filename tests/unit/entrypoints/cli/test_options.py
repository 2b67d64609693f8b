"""Options go before the environment."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from entrypoints.cli.listing import commands
from entrypoints.folder_lock import marked
from tests.conftest import ROOT
from tests.servers.process import completed
from tests.unit.entrypoints.cli.typed import Darkroom

pytestmark = pytest.mark.slow

WITHOUT_SETTINGS = {"upload", "completion"}


def leaves(command: Any) -> Iterator[Any]:
    if isinstance(command, TyperGroup):
        for each in command.commands.values():
            yield from leaves(each)
    else:
        yield command


def test_every_command_that_reads_settings_takes_a_folder() -> None:
    for command in commands():
        for leaf in leaves(command.load()):
            offered = {name for parameter in leaf.params for name in parameter.opts}
            assert ("--data-dir" in offered) == (command.name not in WITHOUT_SETTINGS), (command.name, leaf.name)


def test_a_folder_goes_before_the_environment(darkroom: Darkroom, folder: Path) -> None:
    there = folder / "elsewhere"
    assert darkroom("migrate", "--data-dir", str(there)).code == 0
    assert (there / "media_store.db").exists()
    assert not (folder / "data").exists()
    assert darkroom("jobs", "stats", "--data-dir", str(there)).code == 0
    assert "there is no database" in darkroom("jobs", "stats").refusal


@pytest.fixture
def taken() -> Iterator[str]:
    """A port that another program has."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


def started(folder: Path, *words: str) -> str:
    """What a start that comes to nothing says."""
    done = completed(
        [sys.executable, "-m", "entrypoints.cli", *words],
        env={"PYTHONPATH": str(ROOT / "src"), "DATA_DIR": "unused", "PORT": "1", "HOST": "192.0.2.1"},
        cwd=folder,
        seconds=120,
    )
    assert done.returncode == 1, done
    return done.stderr


@pytest.mark.parametrize("command", ["up", "serve"])
def test_host_port_and_folder_go_before_the_environment(folder: Path, taken: str, command: str) -> None:
    there = folder / "there"
    said = started(folder, command, "--host", "127.0.0.1", "--port", taken, "--data-dir", str(there))
    assert f"darkroom: cannot listen on 127.0.0.1:{taken}: another program uses it" in said
    assert (there / "media_store.db").exists() == (command == "up")
    assert not (folder / "unused").exists()


@pytest.mark.parametrize("alone", [True, False])
def test_a_second_program_on_the_same_rows_is_warned_of(folder: Path, taken: str, alone: bool) -> None:
    there = folder / "there"
    there.mkdir()
    words = ["up", "--host", "127.0.0.1", "--port", taken, "--data-dir", str(there)]
    if alone:
        said = started(folder, *words)
    else:
        with marked(there) as first:
            assert first
            said = started(folder, *words)
    warned = [line for line in said.splitlines() if "another 'darkroom up' runs on this folder" in line]
    assert [line.partition("folder=")[2] for line in warned] == ([] if alone else [str(there)])


def test_a_mark_goes_with_the_one_who_made_it(tmp_path: Path) -> None:
    with marked(tmp_path) as first, marked(tmp_path) as second:
        assert (first, second) == (True, False)
    with marked(tmp_path) as again, marked(tmp_path / "nowhere") as unmarkable:
        assert (again, unmarkable) == (True, True)
