"""The shell asks the program what may come next."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from entrypoints.cli.listing import COMMANDS
from tests.conftest import ROOT
from tests.servers.process import completed
from tests.unit.entrypoints.cli.typed import Darkroom

pytestmark = pytest.mark.slow

Complete = Callable[..., str]
CASES = [
    ("darkroom jo", "jobs"),
    ("darkroom jobs li", "list"),
    ("darkroom jobs list --stat", "--status"),
    ("darkroom jobs list --status fa", "failed"),
    ("darkroom up --po", "--port"),
    ("darkroom completion fi", "fish"),
]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with the program in it, as an installation has one."""
    script = tmp_path / "darkroom"
    script.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m entrypoints.cli "$@"\n')
    script.chmod(0o755)
    return tmp_path


def answer(program: Path, *words: str, **variables: str) -> str:
    path = f"{program}{os.pathsep}{os.environ['PATH']}"
    done = completed(words, env={"PATH": path, **variables})
    assert done.stderr == "", done
    return done.stdout


@pytest.mark.parametrize(("typed", "found"), CASES)
def test_bash(program: Path, typed: str, found: str) -> None:
    words = typed.split()
    asking = f"""
    source <(darkroom completion bash)
    COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}
    _darkroom_completion darkroom "{words[-1]}" "{words[-2]}"
    echo "${{COMPREPLY[@]}}"
    """
    assert answer(program, "bash", "-c", asking).split() == [found]


@pytest.mark.parametrize(("typed", "found"), CASES)
def test_zsh_and_fish(program: Path, typed: str, found: str) -> None:
    for shell, more in (("zsh", {}), ("fish", {"_TYPER_COMPLETE_FISH_ACTION": "get-args"})):
        variables = {"_DARKROOM_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": typed, **more}
        assert found in answer(program, "darkroom", **variables)


def test_every_command_is_offered(program: Path) -> None:
    offered = answer(program, "darkroom", _DARKROOM_COMPLETE="complete_bash", COMP_WORDS="darkroom ", COMP_CWORD="1")
    assert offered.split() == list(COMMANDS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_that_the_shell_reads(darkroom: Darkroom, tmp_path: Path, shell: str) -> None:
    script = darkroom("completion", shell)
    assert (script.code, script.err) == (0, "")
    assert f"_DARKROOM_COMPLETE=complete_{shell}" in script.out
    if shutil.which(shell) is not None:
        file = tmp_path / "script"
        file.write_text(script.out)
        completed([shell, "-n", str(file)], check=True)


def test_another_shell_is_a_usage_error(darkroom: Darkroom) -> None:
    assert darkroom("completion", "csh").code == 2
