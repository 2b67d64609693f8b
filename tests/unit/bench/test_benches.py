"""The list of benches, and what they measure with."""

import importlib
import json
import os
import subprocess
import sys

from bench.benches import BENCHES, NAMES, chosen
from bench.loops import plain
from bench.photos import specs
from bench.processes import cpu_of_tree, memory_of_tree, peak_of_tree, spending, tree
from tests.conftest import ROOT
from tests.servers.process import started
from tests.tables import over_rows


@over_rows("bench", BENCHES, ids=lambda bench: bench.name)
def test_each_says_what_it_measures(bench: object) -> None:
    module = importlib.import_module(f"bench.{bench.module}")  # type: ignore[attr-defined]
    assert callable(module.main)
    assert (module.__doc__ or "").strip()


def test_a_name_stands_for_one_and_a_group_for_several() -> None:
    assert [bench.name for bench in chosen(["upload"])] == ["upload"]
    assert [bench.name for bench in chosen(["api"])] == ["me", "file", "list"]
    assert chosen([]) == list(BENCHES)


def test_the_page_tells_of_all() -> None:
    page = (ROOT / "docs" / "PERFORMANCE.md").read_text()
    assert [name for name in NAMES if f"`{name}" not in page and f"={name}`" not in page] == []


def test_others_are_told_every_default_of_ours() -> None:
    wanted = plain(specs())
    assert json.loads(json.dumps(wanted)) == wanted
    assert wanted["medium"]["quality"] == 80
    assert all(each["quality"] and each["effort"] == 2 for each in wanted.values())


def test_a_child_counts_with_its_parent() -> None:
    script = "import sys, time; sum(range(10**7)); print('ready', flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", script]
    with started(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        assert {os.getpid(), child.pid} <= tree(os.getpid()).keys()
        assert tree(child.pid).keys() == {child.pid}
        assert 0 < cpu_of_tree(child.pid) < cpu_of_tree(os.getpid())
        assert 0 < memory_of_tree(child.pid) <= peak_of_tree(child.pid)


def test_spending_counts_work_and_not_waiting() -> None:
    spent = spending(os.getpid(), lambda: sum(range(10**7)))
    assert spent.cpu > 0
    assert spent.wall > 0
    assert spent.peak > 0
