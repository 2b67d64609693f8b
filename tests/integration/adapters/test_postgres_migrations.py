"""The migrations on PostgreSQL."""

import psycopg
import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

from adapters.sql.migrate import migrate
from adapters.sql.url import read_url
from domain.errors import Unavailable
from tests.unit.contracts.migrations import MigrationsContract


class TestPostgresMigrations(MigrationsContract):
    dialect = "postgres"
    slow_statement = "SELECT pg_sleep(3)"

    @pytest.fixture
    def url(self, empty_postgres_url: str) -> str:
        return empty_postgres_url

    def engine(self, url: str) -> Engine:
        return create_engine(read_url(url).for_yoyo, poolclass=NullPool)

    def is_migrating(self, url: str) -> bool:
        with psycopg.connect(url) as other:
            asked = other.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
            return asked.fetchone() == (1,)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        migrate("postgresql://nobody:x@127.0.0.1:1/none")
