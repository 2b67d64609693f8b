"""A table of cases loses no failure."""

import inspect

import pytest

from tests.tables import MOST_SHOWN, every_row, over_rows


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


def test_a_skipped_row_fails() -> None:
    with pytest.raises(AssertionError, match="not here"), every_row() as table, table.row(1):
        pytest.skip("not here")


class TestOneTestForAllRows:
    def test_it_is_called_with_every_row_and_its_fixtures(self) -> None:
        seen = []

        @over_rows(("a", "b"), [(1, 2), (3, 4)])
        def sums(a: int, fixture: str, b: int) -> None:
            seen.append((fixture, a + b))

        assert list(inspect.signature(sums).parameters) == ["fixture"]
        sums(fixture="f")
        assert seen == [("f", 3), ("f", 7)]

    def test_bare_values_belong_to_one_name(self) -> None:
        seen = []

        @over_rows("value", [(1, 2), None])
        def note(value: object) -> None:
            seen.append(value)

        note()
        assert seen == [(1, 2), None]

    def test_a_failure_names_its_row(self) -> None:
        @over_rows("a, b", [(1, 1), (1, 2)], ids=["same", "different"])
        def equal(a: int, b: int) -> None:
            assert a == b

        with pytest.raises(AssertionError, match=r"1 of 2 rows fail\n\n\[different\] AssertionError"):
            equal()

    def test_without_names_the_values_are_shown(self) -> None:
        @over_rows("a", ["x" * 200])
        def fails(a: str) -> None:
            raise ValueError(a)

        with pytest.raises(AssertionError, match=r"\[0: 'x{79}…\] ValueError"):
            fails()

    @pytest.mark.anyio
    async def test_coroutines_too(self) -> None:
        seen = []

        @over_rows("a", [1, 2])
        async def note(a: int) -> None:
            seen.append(a)

        await note()
        assert seen == [1, 2]

    def test_a_row_of_the_wrong_length_fails_at_once(self) -> None:
        with pytest.raises(ValueError, match="zip"):
            over_rows(("a", "b"), [(1, 2, 3)])
