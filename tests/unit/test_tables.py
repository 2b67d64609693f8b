"""A table of cases loses no failure."""

import pytest

from tests.tables import MOST_SHOWN, every_row


def even_rows_fail(rows: int, tried: list[int]) -> None:
    with every_row() as table:
        for number in range(rows):
            with table.row("row", number):
                tried.append(number)
                assert number % 2, "it is even"


def test_every_row_is_tried_and_every_failure_reported() -> None:
    tried: list[int] = []
    with pytest.raises(AssertionError) as caught:
        even_rows_fail(4, tried)
    assert tried == [0, 1, 2, 3]
    told = str(caught.value)
    assert "2 of 4 rows fail" in told
    assert "[row · 0] AssertionError: it is even" in told
    assert "[row · 2] AssertionError: it is even" in told
    assert isinstance(caught.value.__cause__, AssertionError)


def unexpected_and_missing() -> None:
    with every_row() as table:
        with table.row("an error"):
            raise KeyError("x")
        with table.row("no error"), pytest.raises(KeyError):
            pass


def test_unexpected_errors_and_missing_errors_are_failures() -> None:
    with pytest.raises(AssertionError, match="2 of 2 rows fail"):
        unexpected_and_missing()


def test_long_reports_are_cut() -> None:
    with pytest.raises(AssertionError, match="and 3 more"):
        even_rows_fail(2 * (MOST_SHOWN + 3), [])


def test_a_table_without_rows_fails() -> None:
    with pytest.raises(pytest.fail.Exception, match="no rows"), every_row():
        pass


def test_a_table_that_holds_is_silent() -> None:
    with every_row() as table, table.row(1):
        assert table.tried == 1


def test_a_skip_ends_the_test() -> None:
    with pytest.raises(pytest.skip.Exception), every_row() as table, table.row(1):
        pytest.skip("not here")
