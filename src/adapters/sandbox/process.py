"""One decoder process, seen from the service."""

import asyncio
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from adapters.sandbox.fork_server import ForkServer, hung_up
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.scratch import OUT, Scratch
from adapters.sandbox.spending import LOOKED_EVERY, cpu_of, overspent
from adapters.sandbox.wire import LONGEST_MESSAGE, Message, error_in, framed, unframed
from application.ports.image_transformer import DecoderLost, DecoderMisbehaved
from application.ports.measures import DecoderEnd


class DecoderProcess:
    """A process forked by a fork server, in its own session and folder.

    While it has no call it is stopped: whatever a picture may have left running in it does not run.
    """

    def __init__(self, fork_server: ForkServer, scratch: Scratch, limits: DecoderLimits, owner: UUID | None) -> None:
        self.owner = owner
        self.scratch = scratch
        self._fork_server = fork_server
        self._limits = limits
        self._pid = 0
        self._reader = asyncio.StreamReader()
        self._writer: asyncio.StreamWriter | None = None
        self._collected: asyncio.Future[int] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._overran = False
        self._overspent = ""
        self._look: asyncio.TimerHandle | None = None
        self._killed = False
        self.idle = False
        self.calls = 0
        self.end: DecoderEnd | None = None

    @classmethod
    async def start(
        cls, fork_server: ForkServer, limits: DecoderLimits, inside: Path | None, owner: UUID | None, *, required: bool
    ) -> "DecoderProcess":
        """One for this owner, with a private folder inside this one; to be greeted before it is asked."""
        child = cls(fork_server, Scratch(inside), limits, owner)
        ours, its = socket.socketpair()
        try:
            child._reader, child._writer = await asyncio.open_unix_connection(sock=ours, limit=LONGEST_MESSAGE)
            with its:
                child._pid = await fork_server.fork(its, child._terms(required=required))
        except BaseException:
            (child._writer or ours).close()
            child.scratch.remove()
            raise
        return child

    @property
    def unused(self) -> bool:
        """Whether it has met no picture yet, and may be anybody's."""
        return self.calls == 0

    @property
    def readable(self) -> list[Path]:
        """The folders that it reads, beside its own."""
        return self._fork_server.readable

    @property
    def alive(self) -> bool:
        """Whether its end of our conversation is open."""
        return not self._killed and not self._reader.at_eof() and not self._hung_up()

    @property
    def why_it_goes(self) -> DecoderEnd | None:
        """Why it cannot have another call; None where it ended by itself, and only `gone` tells how."""
        if self.end is None and self._reader.at_eof():
            return None
        return self.end or (DecoderEnd.RECYCLED if self.idle else DecoderEnd.DROPPED)

    async def greet(self) -> None:
        """Wait until it is ready, or `DecoderLost`."""
        self._start_clock(self._limits.start_seconds)
        while await self.hear() is not None:
            pass

    def _terms(self, *, required: bool) -> Message:
        limits = self._limits
        return {
            "folder": str(self.scratch.path),
            "required": required,
            "limits": {
                "memory_bytes": limits.memory_bytes,
                "file_bytes": limits.file_bytes,
                "open_files": limits.open_files,
                "tasks": limits.tasks,
            },
            "cpu_seconds": limits.cpu_seconds * limits.calls,
        }

    async def ask(self, question: Message) -> None:
        """Begin a call; `hear` its answers until there are none."""
        self.calls += 1
        self._watch(cpu_of(self._pid))
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

    def rest(self) -> None:
        """Stop it until it is asked again."""
        self._send(signal.SIGSTOP)

    def kill(self) -> None:
        """End it and everything it started, now."""
        self.idle = False
        self._stop_clock()
        if not self._killed:
            self._send(signal.SIGKILL)
            self._killed = True

    async def gone(self) -> DecoderEnd:
        """Wait until it is dead and its folder removed; why it ended, if that was by itself."""
        status = await self._status()
        with suppress(OSError):
            while await self._reader.read(LONGEST_MESSAGE):
                pass
        if self._writer is not None:
            self._writer.close()
        await asyncio.to_thread(self.scratch.remove)
        return end_by(status)

    def _hung_up(self) -> bool:
        return self._writer is None or self._writer.is_closing() or hung_up(self._writer.get_extra_info("socket"))

    def _send(self, number: signal.Signals) -> None:
        """To it and to what it started; not once its id may be another's."""
        if self._collected is None:
            for send in (os.killpg, os.kill):
                with suppress(ProcessLookupError, PermissionError):
                    send(self._pid, number)

    async def _status(self) -> int:
        """Of one that is dead or dying."""
        if self._collected is None:
            self._send(signal.SIGKILL)
            self._collected = asyncio.ensure_future(self._fork_server.collect(self._pid))
        return await asyncio.shield(self._collected)

    async def _tell(self, message: Message, seconds: float) -> None:
        self.idle = False
        # The clock runs beside the conversation: a slow reader of answers costs the child no time and saves it none.
        self._start_clock(seconds)
        if self._writer is None:
            raise DecoderLost("The decoder was not started.")
        self._send(signal.SIGCONT)
        self._writer.write(framed(message))
        with suppress(ConnectionError):
            await self._writer.drain()

    async def _read(self) -> Message:
        try:
            size = int.from_bytes(await self._reader.readexactly(4), "big")
            if size > LONGEST_MESSAGE:
                raise ValueError("an endless answer")
            answer = unframed(await self._reader.readexactly(size))
            if answer.get("call", 0) != self.calls:
                raise ValueError("an answer to another call")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise await self._why_it_ended() from error
        except ValueError as error:
            self.end = DecoderEnd.CRASH
            self.kill()
            raise DecoderMisbehaved(f"The decoder gave an invalid answer: {str(error)[:200]}.") from error
        return answer

    async def _why_it_ended(self) -> DecoderLost:
        overran, overspent = self._overran, self._overspent
        status = await self._status()
        self.kill()
        self.end = DecoderEnd.TIMEOUT if overran else end_by(status)
        if overspent:
            self.end = DecoderEnd.CRASH
            return DecoderLost(f"The decoder was stopped: {overspent}.")
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

    def _start_clock(self, seconds: float) -> None:
        self._deadline = asyncio.get_running_loop().call_later(seconds, self._overrun)

    def _overrun(self) -> None:
        self._overran = True
        self.kill()

    def _watch(self, spent_before: float) -> None:
        """Look now and then what it has spent; what the kernel does not limit is limited here."""

        def look() -> None:
            self._overspent = overspent(self._pid, self.scratch.path / OUT, spent_before, self._limits)
            if self._overspent:
                self.kill()
            else:
                self._watch(spent_before)

        self._look = asyncio.get_running_loop().call_later(LOOKED_EVERY, look)

    def _stop_clock(self) -> None:
        if self._look is not None:
            self._look.cancel()
            self._look = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def end_by(status: int) -> DecoderEnd:
    """Why a process that left this status had to go."""
    return {-signal.SIGXCPU: DecoderEnd.TIMEOUT, -signal.SIGKILL: DecoderEnd.MEMORY}.get(status, DecoderEnd.CRASH)
