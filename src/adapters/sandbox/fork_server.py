"""A process that has loaded an engine and forks decoders, seen from the service.

To load libraries takes a process many times as long as to fork, so this is what makes it cheap that no decoder works
for two owners. It never reads a picture, so all that a decoder inherits from it is code.
"""

import asyncio
import json
import os
import select
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, Process
from contextlib import suppress
from dataclasses import asdict
from errno import ECONNRESET
from pathlib import Path
from typing import Any

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.wire import LONGEST_REQUEST, Message, error_in, line
from application.ports.image_transformer import DecoderLost

_SOURCES = str(Path(__file__).parents[2])


class ForkServer:
    """A child of our own, spawned (never forked with state), in its own group and poor environment.

    It must be started from the thread that runs the event loop: on Linux a child dies with the thread that started
    it, and worker threads come and go. Its decoders die with it.
    """

    def __init__(self, process: Process, control: socket.socket, patience: float) -> None:
        self._process = process
        self._patience = patience
        self._control = control
        self._turns = asyncio.Lock()
        self._gone = False
        self.readable: list[Path] = []

    @classmethod
    async def start(cls, engine: str, limits: DecoderLimits) -> "ForkServer":
        """One whose engine is loaded, or `DecoderLost` with what stopped it."""
        ours, its = socket.socketpair()
        ours.setblocking(False)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-s", "-P", "-m", "adapters.sandbox.child"),
                stdin=its.fileno(),
                stdout=DEVNULL,
                stderr=DEVNULL,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        except BaseException:
            ours.close()
            raise
        finally:
            its.close()
        fork_server = cls(process, ours, limits.start_seconds)
        try:
            hello = {"parent": os.getpid(), "engine": engine, "picture": asdict(limits.picture)}
            told = await fork_server._ask(hello)
        except BaseException:
            await fork_server.close()
            raise
        fork_server.readable = [Path(folder) for folder in told["readable"]]
        return fork_server

    @property
    def alive(self) -> bool:
        """Whether its end of our conversation is open."""
        return not self._gone and self._process.returncode is None and not hung_up(self._control)

    async def fork(self, conversation: socket.socket, request: Message) -> int:
        """Another decoder, which has this end of its conversation with us; told is its process id."""
        told = await self._ask(request, conversation.fileno())
        return int(told["pid"])

    async def collect(self, pid: int) -> int:
        """How a decoder ended that is dead or dying; its id may be another's from now on."""
        try:
            return int((await self._ask({"collect": pid}))["status"])
        except DecoderLost:
            return -signal.SIGKILL

    async def close(self) -> None:
        """Kill it, with all that it started, and wait for its end."""
        self.kill()
        await self._process.wait()
        self._control.close()

    def kill(self) -> None:
        """End it, and so its decoders."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _ask(self, request: Message, *descriptors: int) -> Message:
        # One question after the other, and to its end: who stopped listening would leave the answer to the next.
        return await asyncio.shield(asyncio.ensure_future(self._asked(request, descriptors)))

    async def _asked(self, request: Message, descriptors: tuple[int, ...]) -> Message:
        loop, told = asyncio.get_running_loop(), b""
        async with self._turns:
            # One that does not answer is of no use; its end is seen below, by whoever waits.
            ending = loop.call_later(self._patience, self.kill)
            try:
                socket.send_fds(self._control, [line(request)], descriptors)
                while not told.endswith(b"\n"):
                    more = await loop.sock_recv(self._control, LONGEST_REQUEST)
                    if not more:
                        raise ConnectionResetError(ECONNRESET, "it answers no more")
                    told += more
            except OSError as error:
                self._gone = True
                raise DecoderLost(f"The process that starts decoders is gone: {error.strerror}.") from error
            finally:
                ending.cancel()
        answer: Message = json.loads(told)
        if "error" in answer:
            raise error_in(answer)
        return answer


def hung_up(conversation: Any) -> bool:
    """Whether the other end of this socket is closed, asked of the kernel: its process may have died just now."""
    asked = select.poll()
    asked.register(conversation, 0)
    return bool(asked.poll(0))


def _environment() -> dict[str, str]:
    # No secret of ours; imports come from where ours come from. Nothing is read from a home that others can write to.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([_SOURCES, *(entry for entry in sys.path if Path(entry).is_absolute())]),
        "HOME": "/nonexistent",
        "TMPDIR": tempfile.gettempdir(),
        "MALLOC_ARENA_MAX": "2",
    }
