"""One decoder process, seen from the service."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process, SubprocessStreamProtocol
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.scratch import OUT, Scratch
from adapters.sandbox.wire import LONGEST_MESSAGE, Message, error_in, framed
from application.ports.image_transformer import DecoderLost
from application.ports.measures import DecoderEnd

_SOURCES = str(Path(__file__).parents[2])


class DecoderProcess:
    """A child of our own, spawned (never forked with state), in its own group, folder and poor environment.

    It must be started from the thread that runs the event loop: on Linux a child dies with the thread that started
    it, and worker threads come and go.
    """

    def __init__(
        self, transport: asyncio.SubprocessTransport, process: Process, scratch: Scratch, limits: DecoderLimits
    ) -> None:
        self._transport = transport
        self._process = process
        self.scratch = scratch
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None
        self._overran = False
        self._killed = False
        self.idle = False
        self.readable: list[Path] = []
        self.calls = 0
        self.end: DecoderEnd | None = None

    @classmethod
    async def start(cls, limits: DecoderLimits, inside: Path | None) -> "DecoderProcess":
        """A child that waits for its greeting, with a private folder inside this one."""
        scratch = Scratch(inside)
        loop = asyncio.get_running_loop()
        try:
            # What create_subprocess_exec does, but it keeps the transport to itself, and with it a clean end.
            transport, protocol = await loop.subprocess_exec(
                lambda: SubprocessStreamProtocol(limit=LONGEST_MESSAGE, loop=loop),
                sys.executable,
                *("-s", "-P", "-m", "adapters.sandbox.child"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                cwd=scratch.path,
                env=_environment(scratch.path),
                start_new_session=True,
            )
        except BaseException:
            scratch.remove()
            raise
        return cls(transport, Process(transport, protocol, loop), scratch, limits)

    @property
    def alive(self) -> bool:
        """Whether nobody has seen it die."""
        return self._process.returncode is None

    @property
    def why_it_goes(self) -> DecoderEnd:
        """Why it cannot have another call."""
        if self.end is not None:
            return self.end
        if self._process.returncode is not None:
            return end_by(self._process.returncode)
        return DecoderEnd.RECYCLED if self.idle else DecoderEnd.DROPPED

    async def greet(self, engine: str, *, required: bool) -> None:
        """Tell it what to load, how little it may use, and whether it must be kept in; returns when it is ready."""
        limits = self._limits
        hello = {
            "parent": os.getpid(),
            "engine": engine,
            "required": required,
            "picture": asdict(limits.picture),
            "limits": {
                "memory_bytes": limits.memory_bytes,
                "file_bytes": limits.file_bytes,
                "open_files": limits.open_files,
                "tasks": limits.tasks,
            },
            "cpu_seconds": limits.cpu_seconds * limits.calls,
        }
        await self._tell(hello, limits.start_seconds)
        while (answer := await self.hear()) is not None:
            self.readable = [Path(folder) for folder in answer.get("readable", ())]

    async def ask(self, question: Message) -> None:
        """Begin a call; `hear` its answers until there are none."""
        self.calls += 1
        await self._tell(
            {**question, "call": self.calls, "cpu_seconds": self._limits.cpu_seconds}, self._limits.wall_seconds
        )

    async def hear(self) -> Message | None:
        """The next answer; None when the call is over, the typed error when it failed or the child is gone."""
        answer = await self._read()
        if "error" not in answer and "done" not in answer:
            return answer
        self._stop_clock()
        self.idle = True
        if "error" in answer:
            raise error_in(answer)
        return None

    def kill(self) -> None:
        """End it and everything it started, now."""
        self.idle = False
        self._stop_clock()
        if self._killed:
            return
        self._killed = True
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def gone(self) -> None:
        """Wait until it is dead and its folder removed."""
        await self._process.wait()
        self._transport.close()
        if self._process.stdout is not None:
            with suppress(OSError):
                await self._process.stdout.read()
        await asyncio.to_thread(self.scratch.remove)

    async def _tell(self, message: Message, seconds: float) -> None:
        self.idle = False
        # The clock runs beside the conversation: a slow reader of answers costs the child no time and saves it none.
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._overrun)
        stdin = self._process.stdin
        if stdin is None:
            raise DecoderLost("The decoder has no ear.")
        stdin.write(framed(message))
        with suppress(ConnectionError):
            await stdin.drain()

    async def _read(self) -> Message:
        stdout = self._process.stdout
        if stdout is None:
            raise DecoderLost("The decoder has no mouth.")
        try:
            size = int.from_bytes(await stdout.readexactly(4), "big")
            if size > LONGEST_MESSAGE:
                raise ValueError("an endless answer")
            answer: Message = json.loads(await stdout.readexactly(size))
            if answer.get("call", 0) != self.calls:
                raise ValueError("an answer to another call")
        except asyncio.IncompleteReadError as error:
            raise await self._obituary() from error
        except (ValueError, AttributeError) as error:
            self.end = DecoderEnd.CRASH
            raise DecoderLost(f"The decoder talks nonsense: {error}.") from error
        return answer

    async def _obituary(self) -> DecoderLost:
        overran = self._overran
        self.kill()
        status = await self._process.wait()
        self.end = DecoderEnd.TIMEOUT if overran else end_by(status)
        if overran:
            return DecoderLost(f"The decoder took longer than {self._limits.wall_seconds:g} seconds and was stopped.")
        return DecoderLost(self._cause(status))

    def _cause(self, status: int) -> str:
        if status == -signal.SIGXCPU:
            return f"The decoder needed more than {self._limits.cpu_seconds} seconds of CPU time and was stopped."
        if status == -signal.SIGKILL:
            return "The decoder was killed from outside (SIGKILL), as happens where memory runs out."
        if status < 0:
            return f"The decoder crashed ({signal.Signals(-status).name})."
        return f"The decoder ended by itself (status {status})."

    def _overrun(self) -> None:
        self._overran = True
        self.kill()

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def end_by(status: int) -> DecoderEnd:
    """Why a process that left this status had to go."""
    return {-signal.SIGXCPU: DecoderEnd.TIMEOUT, -signal.SIGKILL: DecoderEnd.MEMORY}.get(status, DecoderEnd.CRASH)


def _environment(scratch: Path) -> dict[str, str]:
    # No secret of ours; imports come from where ours come from.
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join([_SOURCES, *(entry for entry in sys.path if Path(entry).is_absolute())]),
        "HOME": str(scratch / OUT),
        "TMPDIR": str(scratch / OUT),
        "MALLOC_ARENA_MAX": "2",
    }
