"""What makes the unit tests quick without changing what they prove."""

from collections.abc import Iterator
from functools import cache

import pytest
import sqlparse


@pytest.fixture(scope="session", autouse=True)
def migrations_are_parsed_once() -> Iterator[None]:
    """A hundred databases are migrated by the same files, and taking these apart costs more than applying them."""
    split = cache(sqlparse.split)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlparse, "split", lambda text: list(split(text)))
        yield
