"""How a benchmark says what it found: a table for people, the ratio with its target, and a line for machines."""

import json
import sys
from collections.abc import Mapping, Sequence
from platform import python_version

from bench.turns import Spent
from entrypoints.version import VERSION


def tell(
    name: str,
    unit: str,
    rows: Mapping[str, Sequence[float]],
    *,
    ratio: float | None,
    target: float | None,
    spent: Mapping[str, Spent] | None = None,
    versions: Mapping[str, str] | None = None,
) -> int:
    """Print it; the exit code is 1 when there is a target and it was missed.

    The ratio is that of the first row to the second, or of the only row to its limit; there may be none to tell.
    """
    spent = spent or {}
    width = max(map(len, rows))
    for title, values in rows.items():
        figures = "  ".join(f"{value:8.1f}" for value in values)
        print(f"  {title:{width}}  {figures}  {unit}{_beside(spent.get(title))}")
    kept = target is None or (ratio is not None and ratio <= target)
    if ratio is not None:
        wanted = "no target" if target is None else f"target: at most {target:.4g} ×, {'met' if kept else 'missed'}"
        print(f"  {name}: {ratio:.2f} × ({wanted})")
    told = {
        "bench": name,
        "unit": unit,
        "ratio": None if ratio is None else round(ratio, 3),
        "target": target,
        "ok": kept,
        "rows": {title: [round(value, 3) for value in row] for title, row in rows.items()},
        "spent": {title: each.told() for title, each in spent.items()},
        "versions": {"darkroom": VERSION, "python": python_version(), **(versions or {})},
    }
    _line(told)
    return int(not kept)


def skip(name: str, why: str) -> int:
    """Say that it was not measured; that is no miss."""
    print(f"  {name}: skipped, {why}")
    _line({"bench": name, "skipped": why})
    return 0


def _beside(spent: Spent | None) -> str:
    if spent is None:
        return ""
    peak = f", at most {spent.peak:.0f} MB" if spent.peak else ""
    return f"  ({spent.cpu:.1f} s of CPU in {spent.wall:.1f} s{peak})"


def _line(told: Mapping[str, object]) -> None:
    print(json.dumps(told))
    sys.stdout.flush()
