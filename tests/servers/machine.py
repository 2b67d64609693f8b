"""What this machine offers a throwaway server: ports, short directories, programs."""

import pwd
import random
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# Below the range from which the kernel takes the local ports of outgoing connections.
PORTS = range(20_000, 32_000)
# The name of a unix socket has about a hundred bytes, and a server adds its own part.
LONGEST_TEMP_DIR = 24
PROGRAM_DIRS = ("/usr/lib/postgresql/*/bin", "/opt/homebrew/opt/*/bin", "/usr/local/opt/*/bin", "/usr/sbin", "/sbin")


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on, picked at random so that parallel runs rarely meet."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        if len(found) == count:
            return found
        if is_free(port):
            found.append(port)
    raise OSError("no free port left on 127.0.0.1")


def is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def scratch_directory(name: str, owner: str | None = None) -> Iterator[Path]:
    """A short directory that goes with the block."""
    wanted = tempfile.gettempdir()
    place = Path(tempfile.mkdtemp(prefix=f"dr-{name}-", dir=wanted if len(wanted) <= LONGEST_TEMP_DIR else "/tmp"))
    try:
        if owner is not None:
            shutil.chown(place, owner)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def find_program(name: str) -> Path | None:
    """Where a program lies, also outside PATH; the highest version of several."""
    if at := shutil.which(name):
        return Path(at)
    places = [place for pattern in PROGRAM_DIRS for place in Path("/").glob(f"{pattern.lstrip('/')}/{name}")]
    return max(places, key=version_of, default=None)


def version_of(program: Path) -> tuple[int, ...]:
    digits = "".join(letter if letter.isdigit() else " " for letter in str(program))
    return tuple(int(number) for number in digits.split())


def user_exists(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
