"""Two processes of one installation: on PostgreSQL, with Redis, and with nothing but a file between them."""

from collections.abc import Iterator

import pytest

from tests.integration.identity.places import Place, running


@pytest.fixture(scope="module")
def on_postgres(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two processes; PostgreSQL carries their signals."""
    with running(tmp_path_factory.mktemp("postgres"), 2, DATABASE_URL=postgres_url) as place:
        yield place


@pytest.fixture(scope="module")
def with_redis(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two processes on one SQLite file; Redis carries their signals."""
    with running(tmp_path_factory.mktemp("redis"), 2, REDIS_URL=redis_server) as place:
        yield place


@pytest.fixture(scope="module")
def without_signals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Two processes on one SQLite file, where nothing carries signals from one to the other."""
    with running(tmp_path_factory.mktemp("sqlite"), 2) as place:
        yield place
