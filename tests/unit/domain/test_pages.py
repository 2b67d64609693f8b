"""Pages cut a list into slices that lose and repeat nothing."""

from hypothesis import given
from hypothesis import strategies as st

from domain.pages import LARGEST_PAGE, Page, PageRequest
from tests.tables import over_rows


@given(st.integers(0, 500), st.integers(1, LARGEST_PAGE))
def test_the_pages_together_are_the_whole(total: int, size: int) -> None:
    everything = list(range(total))
    pages = Page((), total, PageRequest(1, size)).pages
    slices = []
    for number in range(1, pages + 1):
        request = PageRequest(number, size)
        slices.append(everything[request.offset : request.offset + size])
    assert [item for each in slices for item in each] == everything
    assert all(slices)


@over_rows(("total", "size", "pages"), [(0, 10, 0), (1, 10, 1), (10, 10, 1), (11, 10, 2), (100, 1, 100), (101, 100, 2)])
def test_how_many_pages_there_are(total: int, size: int, pages: int) -> None:
    assert Page((), total, PageRequest(1, size)).pages == pages


def test_the_first_page_begins_at_the_beginning() -> None:
    assert (PageRequest().offset, PageRequest().size) == (0, 10)
    assert PageRequest(3, 25).offset == 50
