"""Real servers: brought by the environment, or thrown up for this session at the first test that asks."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from minio import Minio
from minio.error import S3Error
from psycopg import sql

from tests.conftest import IN_CI
from tests.servers.ceph import S3Server
from tests.servers.keep import kept
from tests.servers.needs import BROWSER, EXIFTOOL, FAKETIME, MAGICK, POSTGRES, REDIS, S3, Need

MISSING = pytest.StashKey[dict[str, str]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    missing = config.stash.get(MISSING, {})
    if missing:
        terminalreporter.section("services that were missing")
        for title, reason in missing.items():
            terminalreporter.line(f"{title}: {reason}")
        terminalreporter.line("`make test` installs them where it may, and else says how.")


def require(need: Need, config: pytest.Config) -> None:
    """A missing service fails in CI; on a laptop its tests are skipped, and the summary says so."""
    if reason := need.absence():
        config.stash.setdefault(MISSING, {})[need.title] = reason
        if IN_CI:
            pytest.fail(f"{need.title} is missing: {reason}", pytrace=False)
        pytest.skip(f"{need.title} is missing: {reason}")


@contextmanager
def brought_or_kept(need: Need, server: str, config: pytest.Config) -> Iterator[Any]:
    if need.brought:
        yield need.brought
    else:
        require(need, config)
        with kept(server) as address:
            yield address


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """URL of an administrator, who may create databases."""
    with brought_or_kept(POSTGRES, "postgres", pytestconfig) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty database for the tests of one file."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A new, empty database for one test."""
    with new_database(postgres_server) as url:
        yield url


@contextmanager
def new_database(server: str) -> Iterator[str]:
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def s3_server(pytestconfig: pytest.Config) -> Iterator[S3Server]:
    with brought_or_kept(S3, "ceph", pytestconfig) as address:
        if not S3.brought:
            yield S3Server(**address)
            return
        region = os.environ.get("TEST_S3_REGION", "us-east-1")
        yield S3Server(address, os.environ["TEST_S3_ACCESS_KEY"], os.environ["TEST_S3_SECRET_KEY"], region)


@pytest.fixture
def s3_bucket(s3_server: S3Server) -> Iterator[str]:
    """The name of a bucket that does not exist yet; whatever a test puts there is removed after it."""
    bucket = f"test-{secrets.token_hex(6)}"
    yield bucket
    remove_bucket(s3_server, bucket)


def remove_bucket(server: S3Server, bucket: str) -> None:
    address = urlsplit(server.endpoint)
    store = Minio(
        address.netloc,
        access_key=server.access_key,
        secret_key=server.secret_key,
        region=server.region,
        secure=address.scheme == "https",
    )
    try:
        for found in store.list_objects(bucket, recursive=True):
            if found.object_name is not None:
                store.remove_object(bucket, found.object_name)
        store.remove_bucket(bucket)
    except S3Error as problem:
        if problem.code != "NoSuchBucket":
            raise


@pytest.fixture(scope="session")
def redis_server(pytestconfig: pytest.Config) -> Iterator[str]:
    with brought_or_kept(REDIS, "redis", pytestconfig) as url:
        with redis.Redis.from_url(url) as client:
            # What we find there is not ours to delete.
            assert client.dbsize() == 0, "TEST_REDIS_URL must name an empty database"
        yield url


@pytest.fixture
def redis_url(redis_server: str) -> Iterator[str]:
    """A Redis database that is empty before and after each test."""
    yield redis_server
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()


@pytest.fixture(scope="session")
def imagemagick(pytestconfig: pytest.Config) -> None:
    """Asked for by tests that need the MagickWand library."""
    require(MAGICK, pytestconfig)


@pytest.fixture(scope="session")
def needs_faketime(pytestconfig: pytest.Config) -> None:
    """Asked for by tests that give a program another time."""
    require(FAKETIME, pytestconfig)


@pytest.fixture(scope="session")
def exiftool(pytestconfig: pytest.Config) -> None:
    """Asked for by tests that need exiftool."""
    require(EXIFTOOL, pytestconfig)


@pytest.fixture(scope="session")
def browser(pytestconfig: pytest.Config) -> None:
    """Asked for by tests that open pages in a browser."""
    require(BROWSER, pytestconfig)
