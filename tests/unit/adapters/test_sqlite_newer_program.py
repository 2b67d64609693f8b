"""A SQLite database that a newer program has written to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from tests.unit.adapters.newer_program import NewerProgramContract

pytestmark = pytest.mark.anyio


class TestSqliteNewerProgram(NewerProgramContract):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[SqlDatabase]:
        migrate(f"sqlite:///{tmp_path}/store.db")
        database = SqlDatabase(f"sqlite:///{tmp_path}/store.db")
        await database.open()
        yield database
        await database.close()
