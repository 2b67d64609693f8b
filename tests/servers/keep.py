"""Keeps a throwaway server for another process, and takes it away when that process ends, however it ends.

By hand: `python -m tests.servers.keep postgres` starts one and prints its address; Ctrl-C ends it.
"""

import dataclasses
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from tests.servers.ceph import CephServer, S3Server
from tests.servers.postgres import PostgresServer
from tests.servers.process import ServerDidNotStart
from tests.servers.redis import RedisServer

SERVERS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "ceph": CephServer,
    "postgres": PostgresServer,
    "redis": RedisServer,
}
ROOT = Path(__file__).resolve().parents[2]
ATTEMPTS = 3


@contextmanager
def kept(name: str) -> Iterator[Any]:
    """The address of a server that a process of its own keeps alive as long as this block lasts."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers.keep", name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,  # Ctrl-C and a kill of our group must not reach the one who tidies up
    ) as keeper:
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        try:
            answer = json.loads(keeper.stdout.readline() or '{"failed": "the keeper died"}')
            if "failed" in answer:
                raise ServerDidNotStart(answer["failed"])
            yield answer["address"]
        finally:
            keeper.stdin.close()


def main() -> None:
    """Start the server named by the argument, tell its address, and wait until nobody wants it any more."""
    for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(ending, leave)
    parent = os.getppid()
    try:
        with started(SERVERS[sys.argv[1]]) as address:
            say({"address": dataclasses.asdict(address) if isinstance(address, S3Server) else address})
            while os.getppid() == parent and not ended(sys.stdin.fileno()):
                pass
    except ServerDidNotStart as failure:
        say({"failed": str(failure)})
        sys.exit(1)


@contextmanager
def started(server: Callable[[], AbstractContextManager[Any]]) -> Iterator[Any]:
    """Try again with other ports when the first ones were taken between looking and binding."""
    for attempt in range(1, ATTEMPTS + 1):
        running = server()
        try:
            address = running.__enter__()
            break
        except ServerDidNotStart:
            if attempt == ATTEMPTS:
                raise
    try:
        yield address
    finally:
        running.__exit__(None, None, None)


def ended(source: int) -> bool:
    """Whether the other end has been closed; looks for a second at most."""
    readable, _, _ = select.select([source], [], [], 1.0)
    return bool(readable) and os.read(source, 1024) == b""


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def leave(number: int, frame: FrameType | None) -> NoReturn:
    for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(ending, signal.SIG_IGN)  # the second one must not disturb the tidying up
    sys.exit(128 + number)


if __name__ == "__main__":
    main()
