"""Every fault meets an installation of each kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.minio.location import S3Location
from tests.integration.faults.places import QUICK_VARIANTS, Place, furnish, in_a_data_centre, on_a_laptop
from tests.servers.ceph import S3Server

LAPTOP, DATA_CENTRE = "SQLite and a folder", "PostgreSQL and Ceph"


@pytest.fixture
def data_centre(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], Place]:
    """Asked for late, so that a laptop needs no servers."""

    def make() -> Place:
        server: S3Server = request.getfixturevalue("s3_server")
        bucket: str = request.getfixturevalue("s3_bucket")
        location = S3Location(server.endpoint, server.region, server.access_key, server.secret_key, bucket)
        return in_a_data_centre(tmp_path, request.getfixturevalue("empty_postgres_url"), location)

    return make


@pytest.fixture(params=[LAPTOP, DATA_CENTRE])
def bare_place(tmp_path: Path, request: pytest.FixtureRequest, data_centre: Callable[[], Place]) -> Any:
    """Nobody has set it up yet."""
    return on_a_laptop(tmp_path) if request.param == LAPTOP else data_centre()


@pytest.fixture
def place(bare_place: Place) -> Place:
    """With a project whose variants are made at once."""
    furnish(bare_place, QUICK_VARIANTS)
    return bare_place
