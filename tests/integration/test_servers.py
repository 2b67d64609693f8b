"""The throwaway servers are real ones, they tell strangers from friends, and nothing of them stays."""

import io
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from minio import Minio
from minio.error import S3Error

from tests.conftest import ROOT
from tests.servers.ceph import S3Server
from tests.servers.machine import answers
from tests.servers.needs import REDIS
from tests.servers.process import started


def store_of(server: S3Server, secret_key: str) -> Minio:
    return Minio(
        urlsplit(server.endpoint).netloc,
        access_key=server.access_key,
        secret_key=secret_key,
        region=server.region,
        secure=False,
    )


def test_postgres_hands_out_empty_databases(postgres_url: str, empty_postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as one, psycopg.connect(empty_postgres_url) as other:
        one.execute("CREATE TABLE seen (id int)")
        one.commit()
        found = other.execute("SELECT to_regclass('seen'), current_database()").fetchone()
    assert found == (None, urlsplit(empty_postgres_url).path[1:])


def test_postgres_refuses_a_wrong_password(postgres_url: str) -> None:
    address = urlsplit(postgres_url)
    wrong = postgres_url.replace(f":{address.password}@", ":wrong@")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(wrong)


def test_s3_keeps_bytes_and_verifies_signatures(s3_server: S3Server, s3_bucket: str) -> None:
    store = store_of(s3_server, s3_server.secret_key)
    store.make_bucket(s3_bucket)
    store.put_object(s3_bucket, "a/ü b", io.BytesIO(b"bytes"), 5)
    answer = store.get_object(s3_bucket, "a/ü b")
    try:
        assert answer.read() == b"bytes"
    finally:
        answer.close()
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        store_of(s3_server, "wrong").list_buckets()


@pytest.mark.parametrize("turn", ["first", "second"])
def test_redis_is_empty_for_every_test(redis_url: str, turn: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", turn)


@pytest.mark.usefixtures("imagemagick")
def test_imagemagick_is_loadable() -> None:
    from wand.image import Image  # noqa: PLC0415 - only where the library is

    with Image(width=3, height=2, pseudo="xc:red") as picture:
        assert picture.size == (3, 2)


HOLD = """
import time
from tests.servers.keep import kept
with kept("redis") as url:
    print(url, flush=True)
    time.sleep(60)
"""


@pytest.fixture
def session() -> Iterator[subprocess.Popen[str]]:
    """Another process that keeps a Redis, as a test session does."""
    if REDIS.why_missing():
        pytest.skip("needs a redis-server of its own")
    # Where the tests were started in the background of a shell, Ctrl-C is ignored.
    heed = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with started([sys.executable, "-c", heed + HOLD], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_stays_when_the_session_is_killed(session: subprocess.Popen[str], ending: signal.Signals) -> None:
    assert session.stdout is not None
    url = session.stdout.readline().strip()
    with redis.Redis.from_url(url) as client:
        place = Path(client.config_get("dir")["dir"])
    port = urlsplit(url).port
    assert port is not None
    assert place.is_dir()
    session.send_signal(ending)
    deadline = time.monotonic() + 10
    while (answers(port) or place.exists()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(port)
    assert not place.exists()
