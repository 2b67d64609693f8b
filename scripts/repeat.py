"""Repeat tests while the processors are kept busy, and show how often each of them failed.

python scripts/repeat.py [--times 20] [--busy 2] tests/unit/adapters/test_sandbox.py …
Or: make repeat TESTS=tests/unit/adapters/test_sandbox.py TIMES=20
Ends with 1 when any repetition failed. What it does not know goes to pytest.
"""

import argparse
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.servers.process import started  # noqa: E402

BURNER = [sys.executable, "-c", "while True: pass"]


@dataclass(eq=False)
class Tally:
    """A pytest plugin that runs every test so many times, one after the other, and counts."""

    times: int
    seconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    @pytest.fixture(scope="session", name="repetition")
    @staticmethod
    def of_the_session() -> int:
        """Replaced by its parameter."""
        return 0

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(self.times), ids=[f"time{n}" for n in range(self.times)])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = without_repetition(report.nodeid)
        if report.when == "call" and not report.skipped:
            self.seconds[name].append(report.duration)
        self.failed[name] += report.failed

    def lines(self) -> list[str]:
        """One for each test, those that failed first."""
        ordered = sorted(self.seconds, key=lambda name: (-self.failed[name], name))
        return [
            f"{self.failed[name]:4} of {len(self.seconds[name]):4} failed, {min(self.seconds[name]):7.2f} to"
            f" {max(self.seconds[name]):7.2f} s  {name}"
            for name in ordered
        ]


def without_repetition(name: str) -> str:
    head, bracket, parameters = name.rpartition("[")
    kept = [each for each in parameters.removesuffix("]").split("-") if not each.removeprefix("time").isdigit()]
    return f"{head}{bracket}{'-'.join(kept)}]" if kept else head


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20, help="repetitions of each test")
    parser.add_argument("--busy", type=int, default=2, help="programs that keep a processor busy meanwhile")
    parser.add_argument("tests", nargs="+", help="files, folders or names of tests, and options of pytest")
    chosen, options = parser.parse_known_args()
    tally = Tally(chosen.times)
    with ExitStack() as burners:
        for _ in range(chosen.busy):
            burner = started(BURNER)
            burners.callback(burner.wait)
            burners.callback(burner.kill)
        code = pytest.main(["--rootdir", str(ROOT), *chosen.tests, *options], plugins=[tally])
    sys.stdout.write("\n".join(["", *tally.lines(), ""]))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
