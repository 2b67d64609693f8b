"""A throwaway Redis that keeps nothing on disk."""

from contextlib import ExitStack
from types import TracebackType

from tests.servers.machine import answers, find_program, free_ports, scratch_directory
from tests.servers.process import Program


class RedisServer:
    """Redis on a free port; entering gives its URL."""

    def __init__(self) -> None:
        self.open = ExitStack()

    @staticmethod
    def missing() -> str | None:
        return None if find_program("redis-server") else "redis-server was not found"

    def __enter__(self) -> str:
        with ExitStack() as opening:
            place = opening.enter_context(scratch_directory("redis"))
            (port,) = free_ports(1)
            options = {"port": port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": place}
            argv = [str(find_program("redis-server"))]
            for name, value in options.items():
                argv += [f"--{name}", str(value)]
            opening.enter_context(Program(argv, log=place / "log")).wait_until(lambda: answers(port))
            self.open = opening.pop_all()
        return f"redis://127.0.0.1:{port}/0"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open.close()
