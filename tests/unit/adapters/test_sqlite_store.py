"""The store in SQLite."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrate
from tests.unit.adapters.sql_rooms import sql_rooms
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.store import collected

pytestmark = pytest.mark.anyio

globals().update(collected("Sqlite"))


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with our tables; copying it is quicker than migrating each time."""
    path = tmp_path_factory.mktemp("sqlite") / "migrated.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
async def rooms(migrated: Path, tmp_path: Path) -> AsyncIterator[Rooms]:
    path = shutil.copy(migrated, tmp_path / "store.db")
    database = SqlDatabase(f"sqlite:///{path}")
    await database.open()
    yield sql_rooms(database)
    assert database.checked_out == 0
    await database.close()
