"""What help costs: the commands are loaded when they run, and not to be listed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli.listing import COMMANDS, LazyCommand, commands
from tests.conftest import ROOT
from tests.servers.process import completed, ending_with_us

HEAVY = {
    "adapters",
    "asyncio",
    "dependency_injector",
    "httpx2",
    "pydantic",
    "pydantic_settings",
    "rich",
    "sqlalchemy",
    "starlette",
    "structlog",
    "uvicorn",
    "yoyo",
}
ENVIRONMENT = {"PYTHONPATH": str(ROOT / "src"), "PATH": os.environ["PATH"]}
ROUNDS = 7


@pytest.mark.parametrize("command", commands(), ids=lambda command: command.name)
def test_the_list_says_what_the_command_says_of_itself(command: LazyCommand) -> None:
    loaded = command.load()
    assert loaded.name == command.name
    assert loaded.get_short_help_str(200) == command.help


LISTENING = """
import sys
from contextlib import redirect_stdout
from io import StringIO
from entrypoints.cli.main import main
heavy = set(sys.argv.pop(1).split(","))
for words in (line.split() for line in sys.stdin.read().splitlines()):
    sys.argv[1:] = words
    try:
        with redirect_stdout(StringIO()) as said:
            main()
    except SystemExit as ended:
        assert ended.code == 0, (words, ended.code)
    assert said.getvalue(), words
    loaded = heavy & {name.partition(".")[0] for name in sys.modules}
    assert not loaded, (words, loaded)
"""


def test_no_help_loads_what_only_the_work_needs(tmp_path: Path) -> None:
    asked = ["--version", "--help", *(f"{name} --help" for name in COMMANDS), "jobs list --help", "keys create --help"]
    done = completed(
        [sys.executable, "-c", LISTENING, ",".join(HEAVY)],
        input="\n".join(asked),
        env=ENVIRONMENT,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr


def cpu_of(*words: str) -> float:
    """Seconds of CPU that a Python with these words takes, its start included."""
    child = subprocess.Popen(
        [sys.executable, *words], env=ENVIRONMENT, stdout=subprocess.DEVNULL, preexec_fn=ending_with_us()
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, words
    return usage.ru_utime + usage.ru_stime


@pytest.mark.slow
@pytest.mark.parametrize("words", [["--help"], ["up", "--help"], ["jobs", "list", "--help"], ["--version"]])
def test_help_costs_little_more_than_the_library_that_prints_it(words: list[str]) -> None:
    rounds = [(cpu_of("-m", "entrypoints.cli", *words), cpu_of("-c", "import typer")) for _ in range(ROUNDS)]
    ours, floor = (min(figures) for figures in zip(*rounds, strict=True))
    assert ours < 2 * floor, f"{ours:.3f} s where importing typer costs {floor:.3f} s"
