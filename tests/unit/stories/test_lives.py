"""The lives of files and projects, in memory and on SQLite with a folder."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import run_state_machine_as_test

from tests.unit.stories.installation import Installation
from tests.unit.stories.lives import Lives

pytestmark = pytest.mark.slow

SHRINKING_SECONDS = 45
# A longer search, as in: LIVES=10 pytest -o faulthandler_timeout=0 tests/unit/stories
MORE_EXAMPLES = int(os.environ.get("LIVES", "1"))


@pytest.fixture
def folder() -> Iterator[Callable[[], Path]]:
    """A new folder for each telling."""
    with TemporaryDirectory() as root:
        numbers = iter(range(10**6))

        def new() -> Path:
            path = Path(root, str(next(numbers)))
            path.mkdir()
            return path

        yield new


def told(place: Callable[[], Installation], *, examples: int, steps: int) -> None:
    """Tell many stories of lives there."""

    class There(Lives):
        pass

    There.place = staticmethod(place)
    chosen = settings(max_examples=examples * MORE_EXAMPLES, stateful_step_count=steps, deadline=None)
    with pytest.MonkeyPatch.context() as patch:
        # Hypothesis has no setting for it. Its own limit is that of a hanging test, which would be taken for one.
        patch.setattr(engine, "MAX_SHRINKING_SECONDS", SHRINKING_SECONDS)
        run_state_machine_as_test(There, settings=chosen)


def test_in_memory(folder: Callable[[], Path]) -> None:
    told(lambda: Installation("memory://", folder(), blobs="memory"), examples=40, steps=25)


def test_on_sqlite_with_a_folder(folder: Callable[[], Path]) -> None:
    def place() -> Installation:
        where = folder()
        return Installation(f"sqlite:///{where / 'rows.db'}", where, blobs="filesystem")

    told(place, examples=10, steps=25)
