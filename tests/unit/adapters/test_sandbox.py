"""Whatever a decoder does costs one call: real processes, killed for real."""

import asyncio
import ctypes
import errno
import os
import signal
import sys
import tempfile
import time
from ast import literal_eval
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox import scratch
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer
from application.ports.image_transformer import DecoderLost, Order, PictureFacts, Rendered
from domain.errors import Unavailable
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.variants import ImageFormat, VariantSpec
from tests.conftest import ROOT

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it exists on Linux only")

SPEC = VariantSpec(ImageFormat.WEBP)
GOOD, BAD = Order("good", SPEC), Order("misbehave", SPEC)
QUICK = DecoderLimits(wall_seconds=0.5, wait_seconds=5)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"anything")
    return path


@asynccontextmanager
async def sandbox(
    engine: str, processes: int = 1, limits: DecoderLimits | None = None
) -> AsyncIterator[SandboxedTransformer]:
    transformer = SandboxedTransformer(f"tests.unit.adapters.hostile_engines:{engine}", processes, limits)
    await transformer.open()
    try:
        yield transformer
    finally:
        await transformer.close()


async def pid_of(transformer: SandboxedTransformer, source: Path) -> int:
    """The child that answers now."""
    return (await transformer.probe(source, "good")).width


async def answers(transformer: SandboxedTransformer, source: Path, *orders: Order) -> list[str]:
    return [answer.name async for answer in transformer.render(source, "any", orders, source.parent)]


def alive(pid: int) -> bool:
    """Whether it runs: a dead child that nobody has collected yet does not."""
    try:
        os.kill(pid, 0)
        return not sys.platform.startswith("linux") or status(pid)[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def status(pid: int) -> list[str]:
    """State, parent and the rest, as Linux tells them."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def folders_in(temporary: Path, name: str = f"{scratch.PREFIX}*") -> list[Path]:
    return list(temporary.glob(name))


async def soon(check: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        await asyncio.sleep(0.02)
    return check()


@pytest.mark.parametrize(
    ("engine", "error"),
    [
        ("Segfaults", DecoderLost),
        ("Exits", DecoderLost),
        ("Hangs", DecoderLost),
        ("Forks", DecoderLost),
        ("Surprises", DecoderLost),
        ("Obedient", UnreadableImage),
    ],
)
async def test_misbehaviour_costs_one_call_and_is_typed(engine: str, error: type[Exception], source: Path) -> None:
    async with sandbox(engine, limits=QUICK) as transformer:
        first = await pid_of(transformer, source)
        with pytest.raises(error):
            await transformer.probe(source, "misbehave")
        with pytest.raises(error):
            await answers(transformer, source, GOOD, BAD)
        assert await answers(transformer, source, GOOD) == ["good"]
        survived = engine in {"Surprises", "Obedient"}
        assert (await pid_of(transformer, source) == first) is survived
        assert survived or await soon(lambda: not alive(first))


async def test_variants_finished_before_a_crash_were_told(source: Path) -> None:
    async with sandbox("Segfaults") as transformer:
        stream = transformer.render(source, "any", [GOOD, BAD], source.parent)
        assert (await anext(stream)).name == "good"
        with pytest.raises(DecoderLost, match="SIGSEGV"):
            await anext(stream)


async def test_cpu_is_a_budget_of_its_own_and_fresh_for_every_call(source: Path) -> None:
    async with sandbox("Spins", limits=DecoderLimits(cpu_seconds=1)) as transformer:
        with pytest.raises(ImageTooBig):
            await transformer.probe(source, "misbehave")
        assert await pid_of(transformer, source)


@on_linux
async def test_memory_has_an_end(source: Path) -> None:
    async with sandbox("Eats", limits=DecoderLimits(memory_bytes=512 << 20)) as transformer:
        with pytest.raises(ImageTooBig):
            await transformer.probe(source, "misbehave")
        assert await pid_of(transformer, source)


async def test_files_have_an_end(source: Path) -> None:
    async with sandbox("Floods", limits=DecoderLimits(file_bytes=1 << 20)) as transformer:
        with pytest.raises(DecoderLost, match="too large"):
            await transformer.probe(source, "misbehave")


async def test_what_a_decoder_starts_dies_with_it(source: Path) -> None:
    async with sandbox("Forks", limits=QUICK) as transformer:
        with pytest.raises(DecoderLost):
            await transformer.probe(source, "misbehave")
    started = notes_in(source)
    assert await soon(lambda: not any(alive(pid) for pid in started))
    if sys.platform == "linux":
        assert started == []


def notes_in(source: Path) -> list[int]:
    return [int(line) for line in source.read_text().removeprefix("anything").split()]


async def test_the_whole_group_dies_with_a_child(source: Path) -> None:
    async with sandbox("Hires") as transformer:
        hired = await pid_of(transformer, source)
        assert alive(hired)
    assert await soon(lambda: not alive(hired))


async def test_prints_do_not_mix_with_answers(source: Path) -> None:
    async with sandbox("Chats") as transformer:
        first = await pid_of(transformer, source)
        assert (await transformer.probe(source, "misbehave")).width == first
        assert await answers(transformer, source, GOOD, BAD) == ["good", "misbehave"]


async def test_a_child_sees_no_secrets(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "do not tell")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@127.0.0.1/darkroom")
    async with sandbox("Confesses") as transformer:
        with pytest.raises(UnreadableImage) as caught:
            await transformer.probe(source, "misbehave")
    seen: dict[str, Any] = literal_eval(caught.value.detail)
    extra = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}  # what Python and macOS add by themselves
    assert set(seen["environment"]) - extra == {"HOME", "LANG", "MALLOC_ARENA_MAX", "PATH", "PYTHONPATH", "TMPDIR"}
    assert Path(seen["cwd"]).name.startswith(scratch.PREFIX)
    assert seen["files"] == ["lock", "source"]
    assert seen["core"] == (0, 0)
    assert len(seen["descriptors"]) == 5  # three that lead nowhere, and our two pipes
    assert seen["group"]
    if sys.platform == "linux":
        assert seen["network"] == "PermissionError"
        assert set(seen["ways around"].values()) <= {errno.EPERM}
        dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
        assert dumpable == 0, "the memory of the service is open to its children"
    assert not folders_in(Path(seen["cwd"]).parent, Path(seen["cwd"]).name)


async def test_a_cancelled_call_is_never_answered_later(source: Path) -> None:
    async with sandbox("Hangs", limits=DecoderLimits(wall_seconds=60)) as transformer:
        first = await pid_of(transformer, source)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await transformer.probe(source, "misbehave")
        second = await transformer.probe(source, "good")
        assert second.width != first
        assert second.height == 1
        assert await soon(lambda: not alive(first))


async def test_a_caller_that_walks_away_leaves_no_answers_behind(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        stream = transformer.render(source, "any", [Order(f"v{n}", SPEC) for n in range(50)], source.parent)
        assert (await anext(stream)).name == "v0"
        await stream.aclose()
        assert await answers(transformer, source, GOOD) == ["good"]


async def test_a_slow_caller_costs_the_child_no_time(source: Path) -> None:
    async with sandbox("Obedient", limits=QUICK) as transformer:
        told = []
        async for answer in transformer.render(source, "any", [GOOD, Order("next", SPEC)], source.parent):
            await asyncio.sleep(QUICK.wall_seconds)
            told.append(answer.name)
        assert told == ["good", "next"]


async def test_children_are_replaced_after_so_many_calls(source: Path) -> None:
    async with sandbox("Obedient", limits=DecoderLimits(calls=2)) as transformer:
        seen = [await pid_of(transformer, source) for _ in range(4)]
        assert seen[0] == seen[1] != seen[2] == seen[3]
        assert await soon(lambda: not alive(seen[0]))


async def test_a_child_killed_while_idle_is_replaced(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        first = await pid_of(transformer, source)
        os.kill(first, signal.SIGKILL)
        assert await soon(lambda: not alive(first))
        await asyncio.sleep(0.05)
        assert await pid_of(transformer, source) != first


async def test_no_more_children_than_allowed_and_a_bounded_wait(source: Path) -> None:
    limits = DecoderLimits(wall_seconds=1, wait_seconds=0.2)
    async with sandbox("Hangs", processes=2, limits=limits) as transformer:
        async with asyncio.TaskGroup() as group:
            hanging = [group.create_task(failure(transformer, source)) for _ in range(2)]
            await asyncio.sleep(0.3)
            with pytest.raises(Unavailable, match="busy"):
                await transformer.probe(source, "good")
        assert [type(task.result()) for task in hanging] == [DecoderLost, DecoderLost]
        assert len(set(await asyncio.gather(*(pid_of(transformer, source) for _ in range(2))))) <= 2


async def failure(transformer: SandboxedTransformer, source: Path) -> Exception | None:
    try:
        await transformer.probe(source, "misbehave")
    except DecoderLost as error:
        return error
    return None


@pytest.mark.parametrize("name", ["link", "outside", "stranger", "silent"])
async def test_a_child_that_lies_is_not_believed(name: str, source: Path) -> None:
    async with sandbox("Lies") as transformer:
        with pytest.raises(DecoderLost):
            await answers(transformer, source, Order(name, SPEC))


async def test_a_rendered_file_is_told_with_its_true_size(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        answer = await anext(transformer.render(source, "any", [GOOD], source.parent))
        assert isinstance(answer, Rendered)
        assert answer.size == answer.path.stat().st_size > 1


async def test_a_source_that_is_not_there_is_no_fault_of_the_picture(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        with pytest.raises(DecoderLost, match="No such file"):
            await transformer.probe(source.with_name("gone"), "good")


async def test_an_engine_that_does_not_load_stops_the_start() -> None:
    with pytest.raises(DecoderLost, match=r"no such library|OSError"):
        async with sandbox("Refuses"):
            pass
    with pytest.raises(DecoderLost, match="AttributeError"):
        async with sandbox("Nonexistent"):
            pass


async def test_closing_forgets_no_child_that_is_just_starting(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with sandbox("Obedient", processes=4) as transformer:
        starting = [asyncio.create_task(transformer.probe(source, "good")) for _ in range(4)]
        await asyncio.sleep(0)
        await transformer.close()
        outcomes = await asyncio.gather(*starting, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {DecoderLost, PictureFacts}
        assert not folders_in(tmp_path)


async def test_closing_ends_busy_children_too(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with sandbox("Hangs", processes=2) as transformer:
        idle = await pid_of(transformer, source)
        busy = asyncio.create_task(failure(transformer, source))
        await asyncio.sleep(0.1)
        assert folders_in(tmp_path)
        await transformer.close()
        assert isinstance(await busy, DecoderLost)
        assert not alive(idle)
        with pytest.raises(DecoderLost, match="closed"):
            await transformer.probe(source, "good")
    assert not folders_in(tmp_path)


PARENT = """
import asyncio, sys
from pathlib import Path
from adapters.sandbox.transformer import SandboxedTransformer

async def main():
    transformer = SandboxedTransformer("tests.unit.adapters.hostile_engines:Hangs", 2)
    await transformer.open()
    source = Path(sys.argv[1])
    busy = asyncio.create_task(transformer.probe(source, "misbehave"))
    await asyncio.sleep(0.1)
    print((await transformer.probe(source, "good")).width, flush=True)
    await busy

asyncio.run(main())
"""


@on_linux
async def test_children_die_with_a_parent_that_is_killed(source: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "TMPDIR": str(tmp_path)}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(source), env=environment, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    idle = int(await parent.stdout.readline())
    children = children_of(parent.pid)
    assert idle in children
    assert len(children) == 2
    parent.kill()
    await parent.stdout.read()
    await parent.wait()
    assert await soon(lambda: not any(alive(pid) for pid in children))


def children_of(pid: int) -> list[int]:
    return [int(task) for task in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_the_sweep_takes_abandoned_folders_and_no_held_or_young_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    held, young, abandoned = scratch.Scratch(), tmp_path / f"{scratch.PREFIX}young", tmp_path / f"{scratch.PREFIX}old"
    for folder in (young, abandoned):
        folder.mkdir()
        (folder / "lock").touch()
    long_ago = time.time() - 3600
    for folder in (held.path, abandoned):
        os.utime(folder, (long_ago, long_ago))
    scratch.sweep()
    assert held.path.exists()
    assert young.exists()
    assert not abandoned.exists()
    held.remove()
    assert not held.path.exists()
