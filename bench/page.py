"""The figures as tables between two markers of a page; what stands around them is written by hand."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.benches import BENCHES

BEGIN, END = "<!-- figures: written by `python -m bench --write` -->", "<!-- end of figures -->"
HEAD = ("Bench", "What", "Figure", "CPU s", "Wall s", "Peak MB", "Ratio", "Target", "")
Told = Mapping[str, Any]


def write(page: Path, results: Sequence[Told]) -> None:
    """Replace what stands between the markers."""
    before, begin, rest = page.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for figures: {BEGIN} … {END}")
    page.write_text(f"{before}{begin}\n\n{figures(results)}\n\n{end}{after}")


def figures(results: Sequence[Told]) -> str:
    """Where, when and with what, then a row for each contestant."""
    measured = [each for each in results if "skipped" not in each]
    inside = [row for each in sorted(results, key=place) for row in rows_of(each)]
    rows = [HEAD, tuple("---" for _ in HEAD), *inside]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n".join(
        [
            *(f"Machine: {each}." for each in several(each["machine"] for each in measured)),
            f"Measured: {', '.join(sorted(several(each['day'] for each in measured)))}.",
            f"Versions: {', '.join(f'{name} {version}' for name, version in sorted(versions(measured).items()))}.",
            "",
            table,
        ]
    )


def place(told: Told) -> int:
    """Where its bench stands among all; several lines of one stay as they came."""
    return [bench.name for bench in BENCHES].index(told["bench"].partition(",")[0])


def rows_of(told: Told) -> list[tuple[str, ...]]:
    """The first contestant carries the ratio, the target and the verdict."""
    if "skipped" in told:
        return [(told["bench"], f"skipped: {told['skipped']}", *("" for _ in HEAD[2:]))]
    rows: list[tuple[str, ...]] = []
    for title, values in told["rows"].items():
        spent = told["spent"].get(title, {})
        used = tuple(number(spent.get(name)) for name in ("cpu", "wall", "peak_mb"))
        figure = f"{' / '.join(number(value) for value in values)} {told['unit']}"
        name, ending = ("", ("", "", "")) if rows else (told["bench"], verdict(told))
        rows.append((name, title, figure, *used, *ending))
    return rows


def verdict(told: Told) -> tuple[str, str, str]:
    """Ratio, target, and whether it was met."""
    if told["ratio"] is None:
        return "", "", ""
    ratio, target = f"{told['ratio']:.2f}", told["target"]
    return (ratio, "none", "") if target is None else (ratio, f"≤ {target:.2f}", "met" if told["ok"] else "**missed**")


def number(value: float | None) -> str:
    """As many digits as mean something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def several(names: Iterable[str]) -> list[str]:
    """Each once, in the order they came."""
    return list(dict.fromkeys(names))


def versions(results: Sequence[Told]) -> dict[str, str]:
    """Of everything that took part."""
    return {name: version for each in results for name, version in each["versions"].items()}
