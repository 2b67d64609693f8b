"""What the documents say of our numbers is true: every one that is named there is on the page."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.prometheus.measures import PrometheusMeasures
from adapters.prometheus.page import PrometheusPage
from adapters.prometheus.values import keep_in_process
from application.ports.backlog import Backlog, JobState
from application.ports.measures import DecoderEnd, Dependency, JobOutcome
from domain.jobs import JobKind
from domain.media_kinds import MediaKind
from tests.conftest import ROOT
from tests.unit.adapters.exposition import Page, read

DASHBOARD = ROOT / "docs" / "grafana" / "darkroom.json"
DOCUMENTS = sorted(path for path in (ROOT / "docs").rglob("*") if path.suffix in {".json", ".md", ".yml", ".yaml"})
NAMED = re.compile(r"\b(?:darkroom|process)_(?:[a-z_]+_(?:total|seconds|bytes|bucket|sum|count|info|fds)|jobs)\b")
SELECTED = re.compile(r'\b(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
LABELS: dict[str, set[str]] = {
    "state": set(JobState),
    "outcome": set(JobOutcome),
    "reason": set(DecoderEnd),
    "dependency": set(Dependency),
    "operation": {operation for each in Dependency for operation in each.operations} | {"other"},
    "kind": {*JobKind, *MediaKind, "other"},
    "program": {"serve", "worker", "up"},
}


@pytest.fixture
def page() -> Page:
    keep_in_process()
    page = PrometheusPage(PrometheusMeasures(), program="up", version="1")
    return read(asyncio.run(page.write(Backlog([], frozenset(JobState)))).decode())


def expressions(dashboard: Any) -> Iterator[str]:
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


@pytest.mark.parametrize("document", [*DOCUMENTS, ROOT / "README.md"], ids=lambda path: path.name)
def test_every_number_that_is_named_exists(document: Path, page: Page) -> None:
    assert set(NAMED.findall(document.read_text())) <= page.names | set(page.types)


def test_the_dashboard_shows_every_number_of_ours(page: Page) -> None:
    shown = " ".join(expressions(json.loads(DASHBOARD.read_text())))
    families = {name for name in page.types if name.startswith("darkroom_")}
    assert not {name for name in families if name not in shown}


def test_what_the_dashboard_selects_by_exists() -> None:
    for expression in expressions(json.loads(DASHBOARD.read_text())):
        for label, how, value in SELECTED.findall(expression):
            if label in LABELS and value and not how.endswith("~"):
                assert value in LABELS[label], expression
            elif label in LABELS and value:
                assert any(re.fullmatch(value, known) for known in LABELS[label]), expression


def test_the_dashboard_can_be_imported_anywhere() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    assert (dashboard.get("id"), dashboard["title"]) == (None, "Darkroom")
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    for panel in panels:
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert panel["targets"]
    places = [panel["gridPos"] for panel in panels]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
    assert len(set(cells)) == len(cells), "panels lie on each other"


def test_parentheses_of_expressions_match() -> None:
    for expression in expressions(json.loads(DASHBOARD.read_text())):
        for opening, closing in ("()", "[]", "{}"):
            assert expression.count(opening) == expression.count(closing), expression
