"""Whatever a decoder does costs one call: real processes, killed for real."""

import asyncio
import ctypes
import errno
import os
import shutil
import signal
import sys
import tempfile
import time
from ast import literal_eval
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.transformer import grey_png
from adapters.sandbox import pool, scratch
from adapters.sandbox.landlock import confine_files
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.reach import WithinReach
from adapters.sandbox.transformer import SandboxedTransformer
from application.ports.image_transformer import DecoderLost, DecoderMisbehaved, Glimpse, Order, PictureFacts, Rendered
from application.trees import remove_tree
from domain.errors import Outage, Unavailable
from domain.image_headers.header import UnreadableImage
from domain.variants import ImageFormat, VariantSpec
from tests.conftest import ROOT
from tests.servers.process import ending_with_us

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it exists on Linux only")

SPEC = VariantSpec(ImageFormat.WEBP)
OWNER, ANOTHER = UUID(int=1), UUID(int=2)
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


async def pid_of(transformer: SandboxedTransformer, source: Path, owner: UUID | None = OWNER) -> int:
    """The child that answers now."""
    return (await transformer.probe(source, "good", owner=owner)).width


async def answers(transformer: SandboxedTransformer, source: Path, *orders: Order) -> list[str]:
    results = [answer async for answer in transformer.render(source, "any", orders, source.parent, owner=OWNER)]
    return [answer.name for answer in results if not isinstance(answer, Glimpse)]


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
            await transformer.probe(source, "misbehave", owner=OWNER)
        with pytest.raises(error):
            await answers(transformer, source, GOOD, BAD)
        assert await answers(transformer, source, GOOD) == ["good"]
        survived = engine in {"Surprises", "Obedient"}
        assert (await pid_of(transformer, source) == first) is survived
        assert survived or await soon(lambda: not alive(first))


async def test_variants_finished_before_a_crash_were_told(source: Path) -> None:
    async with sandbox("Segfaults") as transformer:
        stream = transformer.render(source, "any", [GOOD, BAD], source.parent, owner=OWNER)
        assert isinstance(await anext(stream), Glimpse)
        good = await anext(stream)
        assert isinstance(good, Rendered)
        assert good.path.exists()
        with pytest.raises(DecoderLost, match="SIGSEGV"):
            await anext(stream)


async def test_cpu_is_a_budget_of_its_own_and_fresh_for_every_call(source: Path) -> None:
    async with sandbox("Spins", limits=DecoderLimits(cpu_seconds=1)) as transformer:
        with pytest.raises(DecoderLost, match="1 seconds of CPU time"):
            await transformer.probe(source, "misbehave", owner=OWNER)
        assert await pid_of(transformer, source)


@pytest.mark.parametrize(
    ("engine", "told"),
    [
        ("Hangs", r"longer than 0\.5 seconds"),
        ("Segfaults", r"crashed \(SIGSEGV\)"),
        ("Exits", "by itself .status 3"),
    ],
)
async def test_a_lost_decoder_tells_what_it_died_of(engine: str, told: str, source: Path) -> None:
    async with sandbox(engine, limits=QUICK) as transformer:
        with pytest.raises(DecoderLost, match=told):
            await transformer.probe(source, "misbehave", owner=OWNER)


async def test_a_decoder_killed_from_outside_hints_at_memory(source: Path) -> None:
    async with sandbox("Hangs") as transformer:
        victim = await pid_of(transformer, source)
        lost = asyncio.create_task(failure(transformer, source))
        await asyncio.sleep(0.1)
        os.kill(victim, signal.SIGKILL)
        assert "memory" in str(await lost)


async def test_a_lost_decoder_costs_its_own_call_alone(source: Path) -> None:
    async with sandbox("Hangs", processes=3, limits=QUICK) as transformer:
        lost = asyncio.create_task(failure(transformer, source))
        many = [Order(f"v{n}", SPEC) for n in range(20)]
        others = [asyncio.create_task(slowly(transformer, source, many)) for _ in range(2)]
        assert isinstance(await lost, DecoderLost)
        assert await asyncio.gather(*others) == [20, 20]


async def slowly(transformer: SandboxedTransformer, source: Path, orders: list[Order]) -> int:
    """How many were made, taken one by one for longer than a hanging decoder lives."""
    made = 0
    async for answer in transformer.render(source, "any", orders, source.parent, owner=OWNER):
        made += isinstance(answer, Rendered)
        await asyncio.sleep(2 * QUICK.wall_seconds / len(orders))
    return made


@on_linux
async def test_memory_has_an_end(source: Path) -> None:
    async with sandbox("Eats", limits=DecoderLimits(memory_bytes=512 << 20)) as transformer:
        with pytest.raises(DecoderLost, match="out of memory"):
            await transformer.probe(source, "misbehave", owner=OWNER)
        assert await pid_of(transformer, source)


async def test_files_have_an_end(source: Path) -> None:
    async with sandbox("Floods", limits=DecoderLimits(file_bytes=1 << 20)) as transformer:
        with pytest.raises(DecoderLost, match="too large"):
            await transformer.probe(source, "misbehave", owner=OWNER)


async def test_what_a_decoder_starts_dies_with_it(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with sandbox("Forks", limits=DecoderLimits(wall_seconds=2)) as transformer:
        lost = asyncio.create_task(failure(transformer, source))
        assert await soon(lambda: "done" in notes_in(tmp_path), 2)
        started = [int(note) for note in notes_in(tmp_path) if note != "done"]
        assert isinstance(await lost, DecoderLost)
    assert await soon(lambda: not any(alive(pid) for pid in started))
    if sys.platform == "linux":
        assert started == []


def notes_in(temporary: Path) -> list[str]:
    return [line for notes in temporary.glob(f"{scratch.PREFIX}*/out/notes") for line in notes.read_text().split()]


async def test_the_whole_group_dies_with_a_child(source: Path) -> None:
    async with sandbox("Hires") as transformer:
        hired = await pid_of(transformer, source)
        assert alive(hired)
    assert await soon(lambda: not alive(hired))


async def test_prints_do_not_mix_with_answers(source: Path) -> None:
    async with sandbox("Chats") as transformer:
        first = await pid_of(transformer, source)
        assert (await transformer.probe(source, "misbehave", owner=OWNER)).width == first
        assert await answers(transformer, source, GOOD, BAD) == ["good", "misbehave"]


async def test_a_child_sees_no_secrets(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET", "do not tell")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@127.0.0.1/darkroom")
    async with sandbox("Confesses") as transformer:
        with pytest.raises(UnreadableImage) as caught:
            await transformer.probe(source, "misbehave", owner=OWNER)
    seen: dict[str, Any] = literal_eval(caught.value.detail)
    extra = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}  # what Python and macOS add by themselves
    assert set(seen["environment"]) - extra == {"HOME", "LANG", "MALLOC_ARENA_MAX", "PATH", "PYTHONPATH", "TMPDIR"}
    assert Path(seen["cwd"]).name.startswith(scratch.PREFIX)
    assert seen["files"] == ["lock", "out", "source"]
    assert seen["core"] == (0, 0)
    assert len(seen["descriptors"]) == 4  # three that lead nowhere, and our socket
    assert seen["group"]
    if sys.platform == "linux":
        assert seen["network"] == "PermissionError"
        assert {name for name, met in seen["ways around"].items() if met != errno.EPERM} == set()
        dumpable = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
        assert dumpable == 0, "the memory of the service is open to its children"
    assert not folders_in(Path(seen["cwd"]).parent, Path(seen["cwd"]).name)


async def test_no_decoder_works_for_two_owners(source: Path) -> None:
    async with sandbox("Obedient", processes=2) as transformer:
        first, second = await pid_of(transformer, source), await pid_of(transformer, source, ANOTHER)
        assert first != second
        assert [await pid_of(transformer, source), await pid_of(transformer, source, ANOTHER)] == [first, second]
        third = await pid_of(transformer, source, UUID(int=3))
        assert third not in {first, second}
        assert await soon(lambda: not alive(first)), "there are never more than allowed"
        assert await pid_of(transformer, source, ANOTHER) == second


async def test_who_names_no_owner_gets_a_decoder_that_nobody_else_gets(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        assert len({await pid_of(transformer, source, None) for _ in range(3)}) == 3


@on_linux
async def test_a_change_of_owner_costs_a_fork_and_no_loading(source: Path) -> None:
    engine = "adapters.vips.engine:VipsEngine"
    picture = source.with_name("grey.png")
    picture.write_bytes(grey_png(64, 64))
    transformer = SandboxedTransformer(engine, 1)
    await transformer.open()
    try:
        (fork_server,) = [child for child in children_of(os.getpid()) if is_a_fork_server(child)]
        loading = cpu_of(fork_server)
        before = cpu_of(fork_server)
        for number in range(20):
            await transformer.probe(picture, "image/png", owner=UUID(int=number))
        assert await soon(lambda: len(children_of(fork_server)) == 1)
        per_change = (cpu_of(fork_server) - before) / 20
    finally:
        await transformer.close()
    assert per_change < loading / 5


@on_linux
async def test_a_decoder_without_a_call_does_not_run(source: Path) -> None:
    async with sandbox("Lingers") as transformer:
        pid = await pid_of(transformer, source)
        assert (await transformer.probe(source, "misbehave", owner=OWNER)).width == pid
        assert await soon(lambda: status(pid)[0] == "T")
        spent = cpu_of(pid)
        await asyncio.sleep(0.3)
        assert cpu_of(pid) == spent
        assert await pid_of(transformer, source) == pid


def is_a_fork_server(pid: int) -> bool:
    return b"adapters.sandbox.child" in Path(f"/proc/{pid}/cmdline").read_bytes() and int(status(pid)[1]) == os.getpid()


def cpu_of(pid: int) -> float:
    """Seconds of its own and of those that it has seen the end of."""
    return sum(map(int, status(pid)[11:15])) / os.sysconf("SC_CLK_TCK")


@on_linux
async def test_closing_waits_for_nobody_who_stands_still(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    async with sandbox("Obedient") as transformer:
        decoder = await pid_of(transformer, source)
        fork_server = int(status(decoder)[1])
        os.kill(fork_server, signal.SIGSTOP)
        await transformer.close()
        assert not folders_in(tmp_path)
    assert await soon(lambda: not alive(decoder) and not alive(fork_server))


@on_linux
async def test_who_starts_decoders_and_stands_still_is_replaced(source: Path) -> None:
    async with sandbox("Obedient", limits=DecoderLimits(start_seconds=10)) as transformer:
        decoder = await pid_of(transformer, source)
        os.kill(int(status(decoder)[1]), signal.SIGSTOP)
        assert await pid_of(transformer, source, ANOTHER) != decoder


@on_linux
async def test_decoders_come_back_after_whoever_starts_them_was_killed(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        first = await pid_of(transformer, source)
        os.kill(int(status(first)[1]), signal.SIGKILL)
        assert await soon(lambda: not alive(first))
        assert await answers(transformer, source, GOOD) == ["good"]


@on_linux
async def test_a_decoder_holds_no_privilege_and_cannot_get_one(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        told = Path(f"/proc/{await pid_of(transformer, source)}/status").read_text()  # noqa: ASYNC240
    facts = dict(line.split(":\t", 1) for line in told.splitlines())
    assert {facts[name] for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")} == {"0" * 16}
    assert facts["NoNewPrivs"] == "1"
    assert os.geteuid() != 0 or facts["CapBnd"] == "0" * 16
    assert facts["Seccomp"] == "2"


@on_linux
@pytest.mark.parametrize("engine", ["Aborts", "Threads"])
async def test_what_libraries_do_by_themselves_stays_possible(engine: str, source: Path) -> None:
    async with sandbox(engine) as transformer:
        if engine == "Aborts":
            with pytest.raises(DecoderLost, match="SIGABRT"):
                await transformer.probe(source, "misbehave", owner=OWNER)
        else:
            assert (await transformer.probe(source, "misbehave", owner=OWNER)).width


async def test_a_cancelled_call_is_never_answered_later(source: Path) -> None:
    async with sandbox("Hangs", limits=DecoderLimits(wall_seconds=60)) as transformer:
        first = await pid_of(transformer, source)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await transformer.probe(source, "misbehave", owner=OWNER)
        second = await transformer.probe(source, "good", owner=OWNER)
        assert second.width != first
        assert second.height == 1
        assert await soon(lambda: not alive(first))


async def test_a_caller_that_walks_away_leaves_no_answers_behind(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        stream = transformer.render(
            source, "any", [Order(f"v{n}", SPEC) for n in range(50)], source.parent, owner=OWNER
        )
        assert isinstance(await anext(stream), Glimpse)
        await stream.aclose()
        assert await answers(transformer, source, GOOD) == ["good"]


async def test_a_slow_caller_costs_the_child_no_time(source: Path) -> None:
    async with sandbox("Obedient", limits=QUICK) as transformer:
        told = []
        async for answer in transformer.render(source, "any", [GOOD, Order("next", SPEC)], source.parent):
            await asyncio.sleep(QUICK.wall_seconds)
            told.append(answer)
        assert len(told) == 3


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
                await transformer.probe(source, "good", owner=OWNER)
        assert [type(task.result()) for task in hanging] == [DecoderLost, DecoderLost]
        assert len(set(await asyncio.gather(*(pid_of(transformer, source) for _ in range(2))))) <= 2


async def failure(transformer: SandboxedTransformer, source: Path) -> Exception | None:
    try:
        await transformer.probe(source, "misbehave", owner=OWNER)
    except DecoderLost as error:
        return error
    return None


@pytest.mark.parametrize("name", ["link", "outside", "stranger", "silent", "blind", "twice", "script"])
async def test_a_child_that_lies_is_not_believed(name: str, source: Path) -> None:
    async with sandbox("Lies") as transformer:
        with pytest.raises(DecoderMisbehaved):
            await answers(transformer, source, Order(name, SPEC))


@pytest.mark.parametrize(
    "what",
    [
        *("deep", "deep in names", "infinity", "too large for a float", "many digits", "more than a column holds"),
        *("a list", "a name for a number", "no text", "giant"),
    ],
)
async def test_nonsense_is_refused_at_once_and_for_good(what: str, source: Path) -> None:
    source.write_text(what)  # noqa: ASYNC240
    async with sandbox("Babbles") as transformer:
        with pytest.raises(DecoderMisbehaved) as caught:
            await transformer.probe(source, "misbehave", owner=OWNER)
        assert len(caught.value.detail) < 300
        assert not isinstance(caught.value, Outage), "it would be tried again"
        assert await pid_of(transformer, source)


async def test_an_error_of_no_kind_is_an_error_all_the_same(source: Path) -> None:
    source.write_text("an error that is none")  # noqa: ASYNC240
    async with sandbox("Babbles") as transformer:
        with pytest.raises(DecoderLost):
            await transformer.probe(source, "misbehave", owner=OWNER)


@pytest.mark.parametrize("how", ["seen", "hidden"])
@on_linux
async def test_files_have_an_end_together(how: str, source: Path) -> None:
    source.write_text(how)  # noqa: ASYNC240
    limits = DecoderLimits(file_bytes=2 << 20, disk_bytes=8 << 20)
    async with sandbox("Hoards", limits=limits) as transformer:
        with pytest.raises(DecoderLost, match="bytes in files"):
            await transformer.probe(source, "misbehave", owner=OWNER)
        assert await pid_of(transformer, source)


@on_linux
async def test_threads_have_an_end(source: Path) -> None:
    async with sandbox("Weaves", limits=DecoderLimits(threads=50)) as transformer:
        with pytest.raises(DecoderLost, match="threads"):
            await transformer.probe(source, "misbehave", owner=OWNER)


@on_linux
async def test_who_grants_itself_more_cpu_is_stopped_all_the_same(source: Path) -> None:
    async with sandbox("Grants", limits=DecoderLimits(cpu_seconds=1)) as transformer:
        with pytest.raises(DecoderLost, match="1 seconds of CPU time"):
            await transformer.probe(source, "misbehave", owner=OWNER)


async def test_a_rendered_file_is_told_with_its_true_size(source: Path) -> None:
    async with sandbox("Obedient") as transformer:
        *_, answer = [result async for result in transformer.render(source, "any", [GOOD], source.parent)]
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
            await transformer.probe(source, "good", owner=OWNER)
    assert not folders_in(tmp_path)


PARENT = """
import asyncio, sys
from pathlib import Path
from uuid import UUID
from adapters.sandbox.transformer import SandboxedTransformer

async def main():
    transformer = SandboxedTransformer("tests.unit.adapters.hostile_engines:Hangs", 2)
    await transformer.open()
    source = Path(sys.argv[1])
    busy = asyncio.create_task(transformer.probe(source, "misbehave", owner=UUID(int=1)))
    await asyncio.sleep(0.1)
    print((await transformer.probe(source, "good", owner=UUID(int=1))).width, flush=True)
    await busy

asyncio.run(main())
"""


@on_linux
async def test_children_die_with_a_parent_that_is_killed(source: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "TMPDIR": str(tmp_path)}
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(source)),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=ending_with_us(),
    )
    assert parent.stdout is not None
    idle = int(await parent.stdout.readline())
    children = children_of(parent.pid)
    assert idle in children
    assert len(children) == 3  # the busy one, the idle one, and whose children they are
    parent.kill()
    await parent.stdout.read()
    await parent.wait()
    assert await soon(lambda: not any(alive(pid) for pid in children))


def children_of(pid: int) -> list[int]:
    """And theirs."""
    children = [int(task) for task in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(each for child in children for each in children_of(child))]


def test_the_sweep_takes_abandoned_folders_and_no_held_or_unborn_one(tmp_path: Path) -> None:
    held, unborn, half_gone = scratch.HeldFolder("x-", tmp_path), tmp_path / ".x-unborn", tmp_path / "x-half-gone"
    abandoned, stillborn = tmp_path / "x-abandoned", tmp_path / ".x-stillborn"
    for folder in (unborn, half_gone, abandoned, stillborn):
        folder.mkdir()
    for folder in (abandoned, stillborn):
        (folder / "lock").touch()
    long_ago = time.time() - 3600
    for folder in (held.path, half_gone, stillborn):
        os.utime(folder, (long_ago, long_ago))
    assert scratch.sweep("x-", tmp_path) == 3
    assert set(tmp_path.iterdir()) == {held.path, unborn}
    held.remove()
    assert not held.path.exists()


def test_a_sweep_whose_clock_is_ahead_does_not_stop_others_from_making_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = tempfile.mkdtemp

    def made_and_swept(**options: Any) -> str:
        monkeypatch.setattr(tempfile, "mkdtemp", made)
        path = made(**options)
        shutil.rmtree(path)
        return path

    monkeypatch.setattr(tempfile, "mkdtemp", made_and_swept)
    held = scratch.HeldFolder("x-", tmp_path)
    assert [path.name for path in held.path.iterdir()] == ["lock"]
    assert list(tmp_path.iterdir()) == [held.path]


@on_linux
async def test_opening_sweeps_at_once_what_a_killed_service_left(source: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]), "TMPDIR": str(tmp_path)}
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(source)),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=ending_with_us(),
    )
    assert parent.stdout is not None
    idle = int(await parent.stdout.readline())
    left = folders_in(tmp_path)
    parent.kill()
    await parent.wait()
    assert await soon(lambda: not alive(idle))
    assert len(left) == len(folders_in(tmp_path)) == 2
    transformer = SandboxedTransformer("tests.unit.adapters.hostile_engines:Obedient", 1, scratch=tmp_path)
    await transformer.open()
    assert len(folders_in(tmp_path)) == 1
    assert not set(left) & set(folders_in(tmp_path))
    await transformer.close()
    assert not folders_in(tmp_path)


async def test_what_others_leave_while_we_run_is_swept_too(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "SWEPT_EVERY", 0.05)
    transformer = SandboxedTransformer("tests.unit.adapters.hostile_engines:Obedient", 1, scratch=tmp_path)
    await transformer.open()
    (ours,) = folders_in(tmp_path)
    left, theirs = tmp_path / f"{scratch.PREFIX}left", scratch.HeldFolder(scratch.PREFIX, tmp_path)
    left.mkdir()
    (left / "lock").touch()
    assert await soon(lambda: not left.exists())
    assert {Path(each).name for each in folders_in(tmp_path)} == {Path(ours).name, theirs.path.name}
    assert (await transformer.probe(source, "good", owner=OWNER)).width
    theirs.remove()
    await transformer.close()
    assert not folders_in(tmp_path)


async def test_a_picture_on_the_same_disk_is_not_copied(source: Path, tmp_path: Path) -> None:
    place = scratch.Scratch(tmp_path)
    place.lay(source)
    assert (place.path / "source").samefile(source)
    (place.path / "out" / "made").write_text("made")
    path, size = place.take("made", "webp", tmp_path)
    assert (path.read_text(), size, path.parent, path.suffix) == ("made", 4, tmp_path, ".webp")
    place.clear()
    assert sorted(left.name for left in place.path.iterdir()) == ["lock", "out"]
    place.remove()


async def test_a_picture_on_another_disk_is_copied(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other_disk(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", other_disk)
    monkeypatch.setattr(os, "replace", other_disk)
    async with sandbox("Obedient") as transformer:
        assert await answers(transformer, source, GOOD) == ["good"]
        with pytest.raises(DecoderMisbehaved):
            async with sandbox("Lies") as liar:
                await answers(liar, source, Order("link", SPEC))


@pytest.fixture
def neighbour(tmp_path: Path) -> Path:
    """Somebody else's picture, beside the one that is worked on."""
    (tmp_path / "store").mkdir()
    path = tmp_path / "store" / "somebody-elses"
    path.write_text("private")
    return path


def dig(folder: Path, levels: int = 1500) -> None:
    """Folders in folders in folders."""
    at = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=at)
        inner = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = inner
    os.close(at)


async def test_deep_folders_left_behind_stop_neither_start_nor_end(source: Path, tmp_path: Path) -> None:
    left = tmp_path / "decoders" / f"{scratch.PREFIX}left"
    left.mkdir(parents=True)
    (left / "lock").touch()
    dig(left)
    transformer = SandboxedTransformer("tests.unit.adapters.hostile_engines:Obedient", 1, scratch=left.parent)
    await transformer.open()
    assert not left.exists()
    first = await pid_of(transformer, source)
    (used,) = folders_in(left.parent)
    dig(used / "out")
    assert await pid_of(transformer, source) != first, "who leaves folders behind has no second call"
    assert await soon(lambda: not used.exists(), 60)
    await transformer.close()
    assert not folders_in(left.parent)


@pytest.mark.parametrize("taken", ["out", "all", "parent"])
async def test_folders_that_somebody_tidied_away_are_made_again(taken: str, source: Path, tmp_path: Path) -> None:
    inside = tmp_path / "decoders"
    transformer = SandboxedTransformer("tests.unit.adapters.hostile_engines:Obedient", 1, scratch=inside)
    await transformer.open()
    try:
        assert await answers(transformer, source, GOOD) == ["good"]
        (used,) = folders_in(inside)
        assert remove_tree({"out": used / "out", "all": used, "parent": inside}[taken])
        assert await answers(transformer, source, GOOD) == ["good"]
        assert await answers(transformer, source, GOOD) == ["good"]
    finally:
        await transformer.close()
    assert not folders_in(inside)


OUTSIDE = ("read", "list", "write", "create", "remove", "link out", "rename in", "parent's memory", "passwords")
INSIDE = ("own picture", "own folder", "libraries")


@on_linux
async def test_a_decoder_opens_its_own_files_and_no_others(neighbour: Path, tmp_path: Path) -> None:
    source = tmp_path / "source.bin"
    source.write_text(str(neighbour))
    async with sandbox("Pries") as transformer:
        with pytest.raises(UnreadableImage) as caught:
            await transformer.probe(source, "misbehave", owner=OWNER)
    met: dict[str, str] = literal_eval(caught.value.detail)
    assert {met[name] for name in INSIDE} == {"done"}
    assert met["cut source"] == met["change source"] == "PermissionError"
    if has_landlock():
        assert {met[name] for name in (*OUTSIDE, "write source")} <= {"PermissionError", "OSError"}, met
        assert neighbour.read_text() == "private"  # noqa: ASYNC240


def has_landlock() -> bool:
    """Whether this kernel says which version it has."""
    return ctypes.CDLL(None).syscall(444, None, 0, 1) > 0


async def test_without_landlock_decoders_work_only_where_that_will_do(source: Path) -> None:
    async with sandbox("OldKernel") as transformer:
        assert await answers(transformer, source, GOOD) == ["good"]
    strict = SandboxedTransformer("tests.unit.adapters.hostile_engines:OldKernel", 1, required=True)
    with pytest.raises(DecoderLost, match="landlock=0"):
        await strict.open()


@pytest.mark.parametrize(("below", "refused"), [("src/data", True), ("data", False)])
async def test_what_is_private_may_not_lie_where_decoders_read(below: str, refused: bool) -> None:
    engine = "adapters.vips.engine:VipsEngine"
    transformer = SandboxedTransformer(engine, 1, private={"DATA_DIR": ROOT / below})
    if refused:
        with pytest.raises(WithinReach, match=r"^DATA_DIR \(.*src/data\) lies below .*src, which decoders may read"):
            await transformer.open()
    else:
        await transformer.open()
    await transformer.close()


@on_linux
async def test_neither_opt_nor_usr_as_a_whole_can_be_read() -> None:
    async with sandbox("Obedient") as transformer, transformer.lease() as child:
        told = set(map(str, child.readable))
    assert not told & {"/", "/usr", "/opt", "/etc", "/usr/local", sys.prefix, sys.base_prefix}
    assert str(ROOT / "src") in told


async def test_a_system_without_landlock_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "another")
    assert confine_files(readable=[], writable=[]) == 0
