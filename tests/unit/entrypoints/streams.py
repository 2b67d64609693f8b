"""Answers that go on: a client that reads them bit by bit, and one that hangs up as soon as one has begun."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE = 5
HOST = "darkroom.test"


@dataclass
class Reading:
    """An answer as far as it has come."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    moved: asyncio.Condition = field(default_factory=asyncio.Condition)
    ended: bool = False
    left: asyncio.Event = field(default_factory=asyncio.Event)
    stuck: asyncio.Event | None = None
    asked: bool = False

    async def receive(self) -> Message:
        """The request, and in the end that its client is gone."""
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take a piece of the answer, if this client reads at all."""
        if self.stuck is not None and message.get("body"):
            await self.stuck.wait()
        async with self.moved:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                self.text += message["body"].decode()
                self.ended = not message.get("more_body", False)
            self.moved.notify_all()

    async def block(self) -> dict[str, str]:
        """The next thing that was said, as its fields; comments have the name ''."""
        async with asyncio.timeout(PATIENCE), self.moved:
            await self.moved.wait_for(lambda: "\n\n" in self.text or self.ended)
            said, separator, self.text = self.text.partition("\n\n")
            assert separator, "the stream has ended"
            return {name: value for name, _, value in (line.partition(":") for line in said.split("\n"))}

    async def update(self) -> tuple[str, dict[str, Any]]:
        """The next job told of, and the id of that event."""
        while "data" not in (said := await self.block()):
            pass
        assert said["event"] == " job_update"
        job: dict[str, Any] = json.loads(said["data"])
        return said["id"].strip(), job

    async def end(self) -> None:
        """Wait until the server ends it."""
        async with asyncio.timeout(PATIENCE), self.moved:
            await self.moved.wait_for(lambda: self.ended)


@asynccontextmanager
async def reading(
    app: ASGIApp, url: str, headers: Mapping[str, str], *, stuck: asyncio.Event | None = None
) -> AsyncIterator[Reading]:
    """Open a stream, and hang up in the end; by then the server must be done with it."""
    reader, address = Reading(stuck=stuck), urlsplit(url)
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": address.path,
        "raw_path": address.path.encode(),
        "query_string": address.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in {"Host": HOST, **headers}.items()],
        "client": ("127.0.0.1", 1234),
        "server": (HOST, 80),
    }
    serving = asyncio.create_task(app(scope, reader.receive, reader.send))  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(PATIENCE), reader.moved:
            await reader.moved.wait_for(lambda: reader.status)
        yield reader
    finally:
        reader.left.set()
        await asyncio.wait_for(serving, PATIENCE)


class HangingUp:
    """The application as seen by clients that leave as soon as they have heard the first word of a stream."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard, streaming, whole = asyncio.Event(), False, False

        async def sending(message: Message) -> None:
            nonlocal streaming
            await send(message)
            if message["type"] == "http.response.start":
                streaming = (b"content-type", b"text/event-stream; charset=utf-8") in message["headers"]
            elif streaming:
                heard.set()

        async def receiving() -> Message:
            nonlocal whole
            if not whole:  # a piece of the body must survive that the application gives up waiting for it
                message = await receive()
                whole = not message.get("more_body", False)
                return message
            gone = asyncio.ensure_future(receive())
            hanging_up = asyncio.ensure_future(heard.wait())
            try:
                await asyncio.wait({gone, hanging_up}, return_when=asyncio.FIRST_COMPLETED)
                return gone.result() if gone.done() else {"type": "http.disconnect"}
            finally:
                for task in (gone, hanging_up):
                    task.cancel()
                await asyncio.wait({gone, hanging_up})

        await self._app(scope, receiving, sending)
