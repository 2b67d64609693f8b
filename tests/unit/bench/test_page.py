"""Figures kept from run to run, and the page they are written into."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.page import BEGIN, END, write
from bench.results import Results
from tests.conftest import ROOT

LINE: dict[str, Any] = {
    "bench": "file",
    "unit": "µs",
    "ratio": 1.2,
    "target": 1.3,
    "ok": True,
    "rows": {"ours": [1234.5], "handwritten": [0.5]},
    "spent": {"ours": {"wall": 2.0, "cpu": 1.5, "peak_mb": 140.2}},
    "versions": {"python": "3.11"},
}


def results(tmp_path: Path, *lines: dict[str, Any]) -> Results:
    kept = Results(tmp_path / "kept" / "results.jsonl")
    for line in lines:
        kept.hear(json.dumps(line) + "\n")
    return kept


def test_the_last_word_of_each_is_kept(tmp_path: Path) -> None:
    other = {"bench": "serve", "skipped": "no nginx"}
    kept = results(tmp_path, LINE, other, {**LINE, "ratio": 1.1})
    kept.hear("  a line for people\n")
    assert [(each["bench"], each.get("ratio")) for each in kept.kept()] == [("file", 1.1), ("serve", None)]
    assert all(each["day"] and each["machine"] for each in kept.kept())


def test_only_what_stands_between_the_markers_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Before\n\n{BEGIN}\nold\n{END}\n\nAfter\n")
    kept = results(tmp_path, LINE, {"bench": "serve", "skipped": "no nginx"}).kept()
    write(page, kept)
    once = page.read_text()
    write(page, kept)
    assert page.read_text() == once
    assert once.startswith("# Before\n")
    assert once.endswith(f"{END}\n\nAfter\n")
    assert "old" not in once
    assert "| file | ours | 1,234 µs | 1.5 | 2.0 | 140 | 1.20 | ≤ 1.30 | met |" in once
    assert "|  | handwritten | 0.50 µs |  |  |  |  |  |  |" in once
    assert "| serve | skipped: no nginx |" in once


@pytest.mark.parametrize(
    ("change", "cells"),
    [
        ({"ok": False, "ratio": 1.5}, "1.50 | ≤ 1.30 | **missed** |"),
        ({"target": None}, "1.20 | none |  |"),
        ({"target": None, "ratio": None}, "140 |  |  |  |"),
    ],
)
def test_the_verdict(tmp_path: Path, change: dict[str, Any], cells: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    write(page, results(tmp_path, {**LINE, **change}).kept())
    assert cells in page.read_text()


def test_the_order_is_that_of_the_benches(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    names = ["idle, SQLite", "queue, few and many", "queue", "pipeline, sharp", "pipeline"]
    write(page, results(tmp_path, *({**LINE, "bench": name} for name in names)).kept())
    told = page.read_text()
    shown = ["| pipeline, sharp |", "| pipeline |", "| queue, few and many |", "| queue |", "| idle, SQLite |"]
    assert sorted(shown, key=told.index) == shown


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Nothing\n")
    with pytest.raises(ValueError, match="no place for figures"):
        write(page, [])
    assert page.read_text() == "# Nothing\n"


def test_our_own_page_has_a_place_for_figures() -> None:
    told = (ROOT / "docs" / "PERFORMANCE.md").read_text()
    assert 0 < told.index(BEGIN) < told.index(END)
