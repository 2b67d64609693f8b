"""Traces on their way to a collector that takes them, that does not, and that is not there."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import monotonic

import pytest

from adapters.opentelemetry.collector import Collector, Destination
from adapters.opentelemetry.traces import OpenTelemetryTraces
from tests.servers.otlp import OtlpCollector, otlp_collector
from tests.unit.contracts.traces import PARENT, TRACE

pytestmark = pytest.mark.anyio

NOBODY = "http://127.0.0.1:9"
HEADERS = "x-scope=team%20a, authorization=Bearer%20geheim"


@pytest.fixture
def collector() -> Iterator[OtlpCollector]:
    with otlp_collector() as listening:
        yield listening


@asynccontextmanager
async def sending(
    url: str, sampler: str = "parentbased_always_on", ratio: float = 1, flush_within: float = 3
) -> AsyncIterator[OpenTelemetryTraces]:
    ours = Collector(Destination(url, HEADERS, "snaps", "7"), sampler, ratio, flush_within=flush_within)
    await ours.open()
    try:
        yield OpenTelemetryTraces(ours.provider, "7")
    finally:
        await ours.close()


def work(traces: OpenTelemetryTraces, times: int = 1, carried: str | None = None) -> None:
    for _ in range(times):
        with traces.continued("request", carried), traces.span("part", {"n": 1}):
            pass


async def test_what_is_left_at_the_end_arrives(collector: OtlpCollector) -> None:
    async with sending(collector.url) as traces:
        work(traces, 1000)
        assert len(collector.steps) < 2000
    assert (len(collector.named("request")), len(collector.named("part"))) == (1000, 1000)
    assert {step.service for step in collector.steps} == {"snaps"}
    assert collector.named("part")[0].attributes == {"n": 1}


async def test_headers_go_along(collector: OtlpCollector) -> None:
    async with sending(collector.url) as traces:
        work(traces)
    (sent,) = collector.headers
    assert (sent["x-scope"], sent["authorization"]) == ("team a", "Bearer geheim")
    assert sent["content-type"] == "application/x-protobuf"


@pytest.mark.parametrize(
    ("sampler", "ratio", "carried", "kept"),
    [
        ("parentbased_always_on", 1, "00", 0),
        ("parentbased_always_on", 1, "01", 1),
        ("always_on", 1, "00", 1),
        ("always_off", 1, "01", 0),
        ("parentbased_always_off", 1, None, 0),
        ("parentbased_always_off", 1, "01", 1),
        ("traceidratio", 0, "01", 0),
        ("traceidratio", 1, "00", 1),
        ("parentbased_traceidratio", 0, None, 0),
        ("parentbased_traceidratio", 1, None, 1),
    ],
)
async def test_which_traces_are_kept(
    collector: OtlpCollector, sampler: str, ratio: float, carried: str | None, kept: int
) -> None:
    async with sending(collector.url, sampler, ratio) as traces:
        work(traces, carried=carried and f"00-{TRACE}-{PARENT}-{carried}")
    assert len(collector.named("request")) == kept


@pytest.mark.slow
async def test_nobody_waits_for_a_collector_that_is_slow(collector: OtlpCollector) -> None:
    collector.pause = 60
    async with sending(collector.url, flush_within=0.2) as traces:
        began = monotonic()
        work(traces, 5000)  # far more than the queue holds
    assert monotonic() - began < collector.pause / 2
    assert collector.steps == [], "it has not answered yet"


@pytest.mark.slow
async def test_a_collector_that_is_not_there_costs_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with sending(NOBODY, flush_within=0.5) as traces:
        for _ in range(3):
            work(traces, 300)
            await asyncio.sleep(0.05)
        began = monotonic()
    assert monotonic() - began < 2
    await asyncio.sleep(0.2)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) <= 1, told
    assert "geheim" not in repr(told)


async def test_a_collector_that_refuses_costs_one_line_a_minute(
    collector: OtlpCollector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    collector.status = 403
    async with sending(collector.url) as traces:
        for batch in range(1, 4):
            work(traces, 256)
            while len(collector.headers) < batch:
                await asyncio.sleep(0.01)
    (told,) = (record.getMessage() for record in caplog.records)
    assert told == f"nobody takes traces at {collector.url}/v1/traces; 512 steps are lost"
