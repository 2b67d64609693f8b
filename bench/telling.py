"""How a benchmark says what it found: a table for people, the ratio with its target, and a line for machines."""

import json
import sys
from collections.abc import Mapping, Sequence


def tell(name: str, unit: str, rows: Mapping[str, Sequence[float]], *, ratio: float, target: float) -> int:
    """Print it; the exit code is 1 when the target was missed."""
    width = max(map(len, rows))
    for title, values in rows.items():
        print(f"  {title:{width}}  " + "  ".join(f"{value:8.1f}" for value in values) + f"  {unit}")
    missed = ratio > target
    print(f"  {name}: {ratio:.2f} × (target: at most {target:g} ×){' — missed' if missed else ''}")
    told = {"bench": name, "unit": unit, "ratio": round(ratio, 3), "target": target, "ok": not missed}
    print(json.dumps(told | {"rows": {title: [round(value, 3) for value in row] for title, row in rows.items()}}))
    sys.stdout.flush()
    return int(missed)
