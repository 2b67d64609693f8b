"""A throwaway PostgreSQL, quick because nothing it holds has to survive."""

import secrets
import signal
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tests.servers.machine import find_program, free_ports, scratch_directory, user_exists
from tests.servers.process import Program, am_root, run

ADMIN = "darkroom"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "jit": "off",
    # Shared memory as a file of the data directory, so that a kill leaves none behind in the system.
    "dynamic_shared_memory_type": "mmap",
    # An odd zone shows up code that trusts the server's own.
    "timezone": "Asia/Kathmandu",
}


class PostgresServer:
    """PostgreSQL on a free port; entering gives the URL of its administrator."""

    def __init__(self) -> None:
        self.open = ExitStack()

    @staticmethod
    def missing() -> str | None:
        return None if find_program("initdb") else "initdb was not found"

    def __enter__(self) -> str:
        user, password = unprivileged_user(), secrets.token_hex(8)
        with ExitStack() as opening:
            place = opening.enter_context(scratch_directory("pg", owner=user))
            (port,) = free_ports(1)
            make_cluster(place, user, password)
            argv = [program("postgres"), "-D", str(place / "data"), "-p", str(port)]
            for name, value in SETTINGS.items():
                argv += ["-c", f"{name}={value}"]
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for its clients.
            self.server, self.port = Program(argv, log=place / "log", stop=signal.SIGINT, user=user), port
            opening.enter_context(self.server)
            self.wait()
            self.open = opening.pop_all()
        return f"postgresql://{ADMIN}:{password}@127.0.0.1:{port}/postgres"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.close()

    def restart(self) -> None:
        """Stop, which ends every connection, and start again with what was kept."""
        self.server.__exit__(None, None, None)
        self.server.__enter__()
        self.wait()

    def wait(self) -> None:
        """Return once it takes connections."""
        self.server.wait_until(lambda: accepts_connections(self.port))


def make_cluster(place: Path, user: str | None, password: str) -> None:
    secret = place / "password"
    secret.write_text(password)
    secret.chmod(0o644)  # the directory around it is closed to others
    options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync", f"--username={ADMIN}"]
    run([program("initdb"), "-D", str(place / "data"), f"--pwfile={secret}", *options], user=user)


def accepts_connections(port: int) -> bool:
    asked = subprocess.run([program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False)
    return asked.returncode == 0


def program(name: str) -> str:
    # The wrappers in /usr/bin know other clusters; the programs beside initdb belong together.
    initdb = find_program("initdb")
    assert initdb is not None, PostgresServer.missing()
    return str(initdb.resolve().with_name(name))


def unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root."""
    if not am_root():
        return None
    return "postgres" if user_exists("postgres") else "nobody"
