"""A TCP proxy on the way to a real server, with the faults of real networks."""

import asyncio
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
FOR_EVER = 3600.0


@dataclass(frozen=True)
class Fault:
    """What goes wrong on every new connection; nothing by default.

    `up` and `down` count the bytes that still pass to the server and back before the connection ends: by a reset,
    or politely. `silent` takes everything and answers nothing. `answer` is given instead of asking the server.
    `delay` holds back each piece that passes.
    """

    up: int | None = None
    down: int | None = None
    reset: bool = True
    silent: bool = False
    answer: bytes | None = None
    delay: float = 0


class TcpProxy:
    """Listens on a port of its own while it is entered; `fault` may be changed between connections."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self.fault = Fault()
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._ways: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> "TcpProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def stall(self) -> None:
        """Let nothing more pass on the connections that are open now, without ending them."""
        for way in self._ways:
            way.cancel()

    def drop_connections(self) -> None:
        """End what is open now, as a server does that finds its clients idle."""
        for task in self._tasks:
            task.cancel()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        fault = self.fault
        try:
            if fault.silent:
                await asyncio.sleep(FOR_EVER)
            elif fault.answer is not None:
                await answer(reader, writer, fault.answer)
            else:
                await self._pass_on(reader, writer, fault)
        except (OSError, asyncio.CancelledError):
            pass  # a connection that ends early is what we are for
        finally:
            self._tasks.discard(task)
            end(writer, reset=fault.reset and fault.answer is None)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
        from_server, to_server = await asyncio.open_connection(*self._target)
        ways = [
            asyncio.create_task(pump(reader, to_server, fault.up, fault.delay)),
            asyncio.create_task(pump(from_server, writer, fault.down, fault.delay)),
        ]
        self._ways.update(ways)
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if any(way.cancelled() for way in ways):
                await asyncio.sleep(FOR_EVER)
        finally:
            self._ways.difference_update(ways)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            end(to_server, reset=fault.reset)


async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter, limit: int | None, delay: float) -> None:
    passed = 0
    while piece := await source.read(64 * 1024):
        if delay:
            await asyncio.sleep(delay)
        left = len(piece) if limit is None else limit - passed
        target.write(piece[:left])
        await target.drain()
        passed += len(piece)
        if left < len(piece):
            return


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes) -> None:
    with suppress(asyncio.IncompleteReadError):
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = CONTENT_LENGTH.search(head)
            await reader.readexactly(int(length[1]) if length else 0)
            writer.write(said)
            await writer.drain()


def end(writer: asyncio.StreamWriter, *, reset: bool) -> None:
    if reset:
        with suppress(OSError):
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    else:
        writer.close()
