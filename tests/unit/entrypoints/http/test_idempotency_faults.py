"""Requests with a key whose work fails, stops half way, or never ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest
from pydantic import BaseModel

from adapters.memory.clock import ManualClock
from adapters.memory.replays import MemoryReplays
from adapters.memory.state import MemoryDatabase
from domain.errors import Unavailable
from entrypoints.http import file_witness, idempotency
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.file_witness import FileWitness
from entrypoints.http.operations import Op, Reply
from tests.unit.contracts.things import NOW
from tests.unit.entrypoints.http.sample import authenticate

pytestmark = pytest.mark.anyio


class Made(BaseModel):
    number: int


class MakingDoor:
    """Makes things, when nothing comes between."""

    tag = "Making"

    def __init__(self) -> None:
        self.made = 0
        self.next: list[Callable[[], Awaitable[None]]] = []

    def operations(self) -> Sequence[Op]:
        return [Op("POST", "/made", self.make, "Made", 201, replayed=True)]

    async def make(self) -> Reply[Made]:
        """Make one."""
        if self.next:
            await self.next.pop(0)()
        self.made += 1
        return Reply(Made(number=self.made), headers={"Location": f"/made/{self.made}"})


class Absent(MemoryReplays):
    """A keeper that goes away in the middle."""

    async def finish(self, *_: object) -> None:
        raise Unavailable("gone")

    forget = finish  # type: ignore[assignment]


@dataclass
class Bench:
    replays: MemoryReplays
    clock: ManualClock
    door: MakingDoor = field(default_factory=MakingDoor)

    async def post(self, key: str = "one") -> httpx2.Response:
        app = create_app(
            [self.door],
            edge=EdgeConfig(public_url="http://darkroom.test", docs=False),
            authenticator=authenticate,
            replays=self.replays,
        )
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
            return await client.post("/made", headers={"Idempotency-Key": key})


def at_the(kind: type[MemoryReplays] = MemoryReplays) -> Bench:
    clock = ManualClock(NOW)
    return Bench(kind(MemoryDatabase(clock)), clock)


async def fault() -> None:
    raise RuntimeError("a fault of ours")


async def outage() -> None:
    raise Unavailable("the database does not answer")


@pytest.mark.parametrize(("trouble", "status"), [(fault, 500), (outage, 503)])
async def test_what_failed_is_forgotten(trouble: Callable[[], Awaitable[None]], status: int) -> None:
    bench = at_the()
    bench.door.next = [trouble]
    assert (await bench.post()).status_code == status
    made, again = await bench.post(), await bench.post()
    assert (made.status_code, made.json(), again.json()) == (201, {"number": 1}, {"number": 1})
    assert made.headers["Location"] == again.headers["Location"] == "/made/1"


async def test_what_was_cancelled_is_forgotten() -> None:
    bench = at_the()
    begun = asyncio.Event()

    async def wait() -> None:
        begun.set()
        await asyncio.sleep(60)

    bench.door.next = [wait]
    task = asyncio.create_task(bench.post())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])
    assert (await bench.post()).status_code == 201


async def test_what_nobody_works_on_any_more_is_taken_over_after_ten_minutes() -> None:
    bench = at_the()
    go_on, begun = asyncio.Event(), asyncio.Event()

    async def sleep() -> None:
        begun.set()
        await go_on.wait()

    bench.door.next = [sleep]
    slow = asyncio.create_task(bench.post())
    await begun.wait()
    bench.clock.advance(timedelta(minutes=9))
    assert (await bench.post()).status_code == 409
    bench.clock.advance(timedelta(minutes=1))
    taken = await bench.post()
    assert (taken.status_code, taken.json()) == (201, {"number": 1})
    go_on.set()
    assert (await slow).status_code == 201
    assert (await bench.post()).json() == taken.json()


async def test_an_answer_is_repeated_for_a_day() -> None:
    bench = at_the()
    await bench.post()
    bench.clock.advance(timedelta(hours=23, minutes=59))
    assert (await bench.post()).json() == {"number": 1}
    bench.clock.advance(timedelta(minutes=1))
    assert (await bench.post()).json() == {"number": 2}


async def test_an_answer_that_cannot_be_kept_is_given_all_the_same() -> None:
    bench = at_the(Absent)
    assert (await bench.post()).status_code == 201
    assert (await bench.post()).status_code == 409
    bench.door.next = [outage]
    assert (await bench.post("two")).status_code == 503


async def test_of_one_caller_the_latest_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "MOST_KEPT", 2)
    monkeypatch.setattr(idempotency, "COUNTED_EVERY", 1)
    bench = at_the()
    for number, key in enumerate(("one", "two", "three"), 1):
        assert (await bench.post(key)).json() == {"number": number}
        bench.clock.advance(timedelta(seconds=1))
    assert [(await bench.post(key)).json() for key in ("three", "two")] == [{"number": 3}, {"number": 2}]
    assert (await bench.post("one")).json() == {"number": 4}


async def test_what_is_given_up_again_and_again_does_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "MOST_KEPT", 3)
    monkeypatch.setattr(idempotency, "COUNTED_EVERY", 1)
    bench = at_the()
    bench.door.next = [outage] * 10
    for number in range(10):
        assert (await bench.post(f"key {number}")).status_code == 503
    assert await bench.replays.keep_latest("address:127.0.0.1", most=0, room=0) == 3


async def test_a_long_upload_says_meanwhile_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    touched, now = 0, 0.0

    async def touch() -> None:
        nonlocal touched
        touched += 1

    async def chunks() -> AsyncGenerator[bytes, None]:
        nonlocal now
        for _ in range(10):
            now += 25
            yield b"x"

    monkeypatch.setattr(file_witness, "monotonic", lambda: now)
    watched: AsyncIterator[bytes] = FileWitness(touch, _touched=0.0).watching("a", chunks())
    assert [chunk async for chunk in watched] == [b"x"] * 10
    assert touched == 3


async def test_an_operation_that_answers_nothing_cannot_be_replayed() -> None:
    async def silent() -> None:
        """Say nothing."""

    with pytest.raises(TypeError, match="answers nothing"):
        Op("POST", "/silent", silent, "Silent", replayed=True)
