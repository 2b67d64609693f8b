"""Tables of cases in one test: every row is tried, and all that fail are reported together.

One test per row costs pytest far more than most rows do themselves; a plain loop would stop at the first failure.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

MOST_SHOWN = 20


class Table:
    """The rows of one table, as far as they have been tried."""

    def __init__(self) -> None:
        self.tried = 0
        self.failures: list[tuple[str, Exception]] = []

    @contextmanager
    def row(self, *name: object) -> Iterator[None]:
        """Try one row; if it fails, remember why and go on. A skipped or interrupted test ends at once."""
        self.tried += 1
        try:
            yield
        except (Exception, pytest.fail.Exception) as error:  # noqa: BLE001  (reported by the table)
            self.failures.append((" · ".join(map(str, name)), error))

    def report(self) -> None:
        """Fail with the name and the reason of every row that failed; a table without rows fails as well."""
        __tracebackhide__ = True
        if not self.tried:
            pytest.fail("this table has no rows, so it proves nothing")
        if self.failures:
            shown = [f"[{name}] {type(error).__name__}: {error}" for name, error in self.failures[:MOST_SHOWN]]
            more = len(self.failures) - len(shown)
            lines = [f"{len(self.failures)} of {self.tried} rows fail", *shown, *([f"and {more} more"] if more else [])]
            raise AssertionError("\n\n".join(lines)) from self.failures[0][1]


@contextmanager
def every_row() -> Iterator[Table]:
    """A table whose failures are reported when the block ends."""
    __tracebackhide__ = True
    table = Table()
    yield table
    table.report()
