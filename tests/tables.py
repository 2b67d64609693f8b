"""Tables of cases in one test: every row is tried, and all that fail are reported together.

One test per row costs pytest far more than most rows do themselves; a plain loop would stop at the first failure.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import pytest

MOST_SHOWN = 20
LONGEST = 80


class Table:
    """The rows of one table, as far as they have been tried."""

    def __init__(self) -> None:
        self.tried = 0
        self.failures: list[tuple[str, Exception]] = []

    @contextmanager
    def row(self, *name: object) -> Iterator[None]:
        """Try one row; if it fails, remember why and go on. A row cannot be skipped: that fails it."""
        self.tried += 1
        try:
            yield
        except (Exception, pytest.fail.Exception, pytest.skip.Exception) as error:  # noqa: BLE001  (reported by the table)
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


def over_rows(
    names: str | tuple[str, ...], rows: Iterable[Any], ids: Callable[[Any], object] | Iterable[str] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Like `pytest.mark.parametrize`, but one test for all rows: for tests whose rows leave nothing to each other."""
    wanted = tuple(name.strip() for name in names.split(",")) if isinstance(names, str) else tuple(names)
    table = [_row(row, len(wanted)) for row in rows]
    labels = (
        [_label(number, values, ids) for number, values in enumerate(table)] if callable(ids) or not ids else [*ids]
    )
    given = [dict(zip(wanted, values, strict=True)) for values in table]

    def decorate(test: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(test)
        rest = [each for name, each in signature.parameters.items() if name not in wanted]
        if inspect.iscoroutinefunction(test):

            @wraps(test)
            async def all_rows(*args: Any, **fixtures: Any) -> None:
                __tracebackhide__ = True
                with every_row() as tried:
                    for label, values in zip(labels, given, strict=True):
                        with tried.row(label):
                            await test(*args, **fixtures, **values)

        else:

            @wraps(test)
            def all_rows(*args: Any, **fixtures: Any) -> None:
                __tracebackhide__ = True
                with every_row() as tried:
                    for label, values in zip(labels, given, strict=True):
                        with tried.row(label):
                            test(*args, **fixtures, **values)

        all_rows.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
        return all_rows

    return decorate


def _row(row: Any, size: int) -> tuple[Any, ...]:
    """The values of one row, which are bare where there is one name."""
    return (row,) if size == 1 else tuple(row)


def _label(number: int, values: tuple[Any, ...], ids: Any) -> str:
    told = [str(ids(each)) if ids else repr(each) for each in values]
    return f"{number}: {', '.join(each if len(each) <= LONGEST else each[:LONGEST] + '…' for each in told)}"
