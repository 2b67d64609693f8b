"""The migrations on SQLite."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, Float, Text, create_engine
from sqlalchemy.pool import NullPool

from adapters.sql.types import Day, Json, Uuid
from adapters.sql.types import Text as AnyText
from tests.unit.contracts.migrations import MigrationsContract

pytestmark = pytest.mark.slow


class TestSqliteMigrations(MigrationsContract):
    dialect = "sqlite"
    slow_statement = (
        "INSERT INTO slow WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000)"
        " SELECT i FROM n WHERE i < 0"
    )

    @pytest.fixture
    def url(self, tmp_path: Path) -> str:
        folder = tmp_path / "odd name % ü"
        folder.mkdir()
        return f"sqlite:///{folder}/migrated.db"

    def engine(self, url: str) -> Engine:
        path = url.removeprefix("sqlite:///")
        return create_engine("sqlite://", creator=lambda: sqlite3.connect(path), poolclass=NullPool)

    def type_of(self, column: Column[object], engine: Engine) -> str:
        if isinstance(column.type, AnyText | Uuid | Json | Day | Text):
            return "TEXT"
        return "REAL" if isinstance(column.type, Float) else "INTEGER"

    def is_migrating(self, url: str) -> bool:
        other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        finally:
            other.close()
        return False
