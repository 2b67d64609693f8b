"""The last word of every bench, kept from run to run."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.machine import machine
from bench.peers import CACHE


class Results:
    """Lines for machines, one for each figure; a newer one replaces the one before."""

    def __init__(self, path: Path = CACHE / "results.jsonl") -> None:
        self._path = path

    def kept(self) -> list[dict[str, Any]]:
        """All there are, as they were first heard."""
        return list(self._read().values())

    def hear(self, line: str) -> None:
        """Keep the line, if it is one."""
        if not line.startswith('{"bench": '):
            return
        told = json.loads(line)
        told |= {"day": datetime.now(UTC).date().isoformat(), "machine": machine()}
        lines = {**self._read(), told["bench"]: told}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text("".join(f"{json.dumps(each)}\n" for each in lines.values()))

    def _read(self) -> dict[str, dict[str, Any]]:
        if not self._path.exists():
            return {}
        told = [json.loads(line) for line in self._path.read_text().splitlines()]
        return {each["bench"]: each for each in told}
