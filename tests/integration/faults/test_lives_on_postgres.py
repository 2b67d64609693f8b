"""The lives of files and projects, told on PostgreSQL with a folder."""

from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest

from tests.integration.conftest import new_database
from tests.unit.stories.installation import Installation
from tests.unit.stories.test_lives import told


@pytest.mark.parametrize("examples", [3, pytest.param(60, marks=pytest.mark.soak)])
def test_on_postgres_with_a_folder(postgres_server: str, tmp_path: Path, examples: int) -> None:
    numbers = count()
    with ExitStack() as databases:

        def place() -> Installation:
            folder = tmp_path / str(next(numbers))
            folder.mkdir()
            return Installation(databases.enter_context(new_database(postgres_server)), folder, blobs="filesystem")

        told(place, examples=examples, steps=25)
