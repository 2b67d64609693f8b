"""What benches say, to people and to machines."""

import json
from typing import Any

import pytest

from bench.telling import skip, tell
from bench.turns import Spent


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, Any]]:
    *people, machines = capsys.readouterr().out.splitlines()
    return "\n".join(people), json.loads(machines)


@pytest.mark.parametrize(
    ("ratio", "target", "code", "verdict"),
    [
        (1.3, 1.3, 0, "met"),
        (1.301, 1.3, 1, "missed"),
        (9.0, None, 0, "no target"),
    ],
)
def test_a_ratio_stands_beside_its_target(
    capsys: pytest.CaptureFixture[str], ratio: float, target: float | None, code: int, verdict: str
) -> None:
    assert tell("x", "ms", {"ours": [1.0], "floor": [2.0]}, ratio=ratio, target=target) == code
    people, machines = told(capsys)
    assert verdict in people
    assert (machines["ratio"], machines["target"], machines["ok"]) == (ratio, target, not code)


def test_cpu_wall_and_memory_stand_beside_the_figure(capsys: pytest.CaptureFixture[str]) -> None:
    spent = {"ours": Spent(2.0, 1.5, 99.6)}
    tell("x", "ms", {"ours": [1.0]}, ratio=None, target=None, spent=spent, versions={"nginx": "1.22"})
    people, machines = told(capsys)
    assert "1.5 s of CPU in 2.0 s, at most 100 MB" in people
    assert machines["spent"] == {"ours": {"wall": 2.0, "cpu": 1.5, "peak_mb": 99.6}}
    assert {"darkroom", "python", "nginx"} <= machines["versions"].keys()


def test_what_is_skipped_says_why_and_misses_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert skip("x", "there is no node") == 0
    people, machines = told(capsys)
    assert "there is no node" in people
    assert machines == {"bench": "x", "skipped": "there is no node"}
