"""Why decoders had to be replaced."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID

import anyio
import pytest

from adapters.memory.measures import MemoryMeasures
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer
from application.ports.image_transformer import DecoderLost, Order
from application.ports.measures import DecoderEnd
from domain.variants import ImageFormat, VariantSpec

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

OWNER = UUID(int=1)
GOOD, BAD = Order("good", VariantSpec(ImageFormat.WEBP)), Order("misbehave", VariantSpec(ImageFormat.WEBP))


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"anything")
    return path


@pytest.fixture
def measures() -> MemoryMeasures:
    return MemoryMeasures()


@asynccontextmanager
async def sandbox(engine: str, limits: DecoderLimits, measures: MemoryMeasures) -> AsyncIterator[SandboxedTransformer]:
    named = f"tests.unit.adapters.hostile_engines:{engine}"
    transformer = SandboxedTransformer(named, 1, limits, measures=measures)
    await transformer.open()
    try:
        yield transformer
    finally:
        await transformer.close()


async def render(transformer: SandboxedTransformer, source: Path, orders: Sequence[Order]) -> None:
    with suppress(DecoderLost):
        async for _ in transformer.render(source, "any", orders, source.parent, owner=OWNER):
            pass


@pytest.mark.parametrize(
    ("engine", "limits", "why"),
    [
        ("Segfaults", DecoderLimits(), DecoderEnd.CRASH),
        ("Exits", DecoderLimits(), DecoderEnd.CRASH),
        ("Hangs", DecoderLimits(wall_seconds=0.5), DecoderEnd.TIMEOUT),
        ("Spins", DecoderLimits(cpu_seconds=1), DecoderEnd.TIMEOUT),
    ],
)
async def test_each_end_has_its_reason(
    engine: str, limits: DecoderLimits, why: DecoderEnd, source: Path, measures: MemoryMeasures
) -> None:
    async with sandbox(engine, limits, measures) as transformer:
        await render(transformer, source, [GOOD, BAD])
        assert measures.decoders == {why: 1}
    assert measures.decoders == {why: 1}, "to close is no failure"


async def test_who_is_killed_from_outside_ran_out_of_memory(source: Path, measures: MemoryMeasures) -> None:
    async with sandbox("Obedient", DecoderLimits(), measures) as transformer:
        pid = (await transformer.probe(source, "good", owner=OWNER)).width
        await anyio.run_process(["kill", "-9", str(pid)])
        await anyio.sleep(0.2)
        await transformer.probe(source, "good", owner=OWNER)
    assert measures.decoders == {DecoderEnd.MEMORY: 1}


async def test_who_did_its_share_is_recycled(source: Path, measures: MemoryMeasures) -> None:
    async with sandbox("Obedient", DecoderLimits(calls=2), measures) as transformer:
        for _ in range(5):
            await transformer.probe(source, "good", owner=OWNER)
        assert measures.decoders == {DecoderEnd.RECYCLED: 2}


async def test_who_is_left_in_the_middle_is_dropped(source: Path, measures: MemoryMeasures) -> None:
    async with sandbox("Hangs", DecoderLimits(), measures) as transformer:
        with anyio.move_on_after(0.5):
            await render(transformer, source, [BAD])
        assert measures.decoders == {DecoderEnd.DROPPED: 1}
