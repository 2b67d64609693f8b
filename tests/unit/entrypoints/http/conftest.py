"""The edge around the sample door, and a client that speaks to it without a socket."""

import io
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx2
import pytest
from starlette.types import ASGIApp

from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.logs import configure_logs
from tests.unit.entrypoints.http.sample import SampleDoor, authenticate

EDGE = EdgeConfig(
    public_url="http://darkroom.test",
    title="Sample",
    version="1.2.3",
    cors_origins=("https://app.example",),
    receive_timeout=0.3,
)


@dataclass
class Lines:
    """What was logged."""

    stream: io.BytesIO

    @property
    def text(self) -> str:
        return self.stream.getvalue().decode()

    @property
    def all(self) -> list[str]:
        return self.text.splitlines()


@pytest.fixture(autouse=True)
def logged() -> Iterator[Lines]:
    stream = io.BytesIO()
    configure_logs("text", "info", stream=stream)
    yield Lines(stream)
    configure_logs("text", "error", stream=sys.__stderr__.buffer)  # what stands in for it now is closed soon


@pytest.fixture
def door() -> SampleDoor:
    return SampleDoor()


@pytest.fixture
def app(door: SampleDoor) -> ASGIApp:
    return create_app([door], edge=EDGE, authenticator=authenticate)


@pytest.fixture
async def client(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
        yield client
