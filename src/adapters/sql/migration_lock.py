"""Only one migrator at a time, on whatever machine; the system itself releases the lock of one that dies."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from yoyo.backends.base import DatabaseBackend

from domain.errors import Unavailable

WAIT_AT_MOST = 600
POLL_EVERY = 0.2
_ADVISORY_LOCK = 4_717_237_001


@contextmanager
def only_migrator_of_file(path: Path) -> Iterator[None]:
    """Hold a lock beside a SQLite file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.migrate.lock").open("w") as file:

        def taken() -> bool:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            return True

        _wait_for(taken)
        yield


@contextmanager
def only_migrator_of_server(backend: DatabaseBackend) -> Iterator[None]:
    """Hold a lock of PostgreSQL on the very connection that migrates.

    On another one it would be free as soon as its holder dies, while the server still runs the holder's last
    statement. And it is polled: whoever waits inside a statement holds up CREATE INDEX CONCURRENTLY.
    """
    _wait_for(lambda: bool(_ask(backend, f"SELECT pg_try_advisory_lock({_ADVISORY_LOCK})")))
    try:
        yield
    finally:
        if not backend.connection.closed:
            _ask(backend, f"SELECT pg_advisory_unlock({_ADVISORY_LOCK})")


def _ask(backend: DatabaseBackend, question: str) -> object:
    return backend.execute(question).fetchone()[0]


def _wait_for(taken: Callable[[], bool]) -> None:
    give_up = time.monotonic() + WAIT_AT_MOST
    while not taken():
        if time.monotonic() > give_up:
            raise Unavailable("another process has been migrating the database for ten minutes")
        time.sleep(POLL_EVERY)
