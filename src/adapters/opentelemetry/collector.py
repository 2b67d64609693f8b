"""Steps on their way to a collector: OTLP over HTTP, from a thread of its own that nobody waits for."""

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased

from adapters.opentelemetry.patient_exporter import PatientExporter

_SAMPLERS: Mapping[str, Callable[[float], Sampler]] = {
    "always_on": lambda _: ALWAYS_ON,
    "always_off": lambda _: ALWAYS_OFF,
    "traceidratio": TraceIdRatioBased,
    "parentbased_always_on": lambda _: ParentBased(ALWAYS_ON),
    "parentbased_always_off": lambda _: ParentBased(ALWAYS_OFF),
    "parentbased_traceidratio": lambda ratio: ParentBased(TraceIdRatioBased(ratio)),
}


@dataclass(frozen=True, slots=True)
class Destination:
    """Where traces go (the collector's base URL), with which headers (`name=value,…`), and under what name."""

    endpoint: str
    headers: str
    service: str
    version: str


class Collector:
    """Takes what `provider` remembers to its destination.

    What cannot be sent in time is dropped: the queue is bounded, and closing waits for `flush_within` seconds at most.
    """

    def __init__(self, destination: Destination, sampler: str, ratio: float, *, flush_within: float = 3) -> None:
        named = {"service.name": destination.service, "service.version": destination.version}
        self.provider = TracerProvider(
            sampler=_SAMPLERS[sampler](ratio), resource=Resource.create(named), shutdown_on_exit=False
        )
        self._destination = destination
        self._flush_within = flush_within
        self._exporter: PatientExporter | None = None

    async def open(self) -> None:
        """Begin to send."""
        # Our own exporter says once a minute what this one says several times for each batch.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        address = f"{self._destination.endpoint}/v1/traces"
        exporter = OTLPSpanExporter(endpoint=address, headers=_parsed(self._destination.headers))
        self._exporter = PatientExporter(exporter, address)
        self.provider.add_span_processor(BatchSpanProcessor(self._exporter))

    async def close(self) -> None:
        """Send what is left, unless nobody takes it."""
        if self._exporter is None:
            return
        if self._exporter.refused:
            self._exporter.shutdown()
        loop, flushed = asyncio.get_running_loop(), asyncio.Event()

        def flush() -> None:
            self.provider.shutdown()
            with suppress(RuntimeError):  # nobody waited, and the loop is closed
                loop.call_soon_threadsafe(flushed.set)

        # Not one of the loop's threads, whose end a program waits for.
        threading.Thread(target=flush, daemon=True, name="flush traces").start()
        try:
            async with asyncio.timeout(self._flush_within):
                await flushed.wait()
        except TimeoutError:
            self._exporter.shutdown()


def _parsed(headers: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in headers.split(",") if pair.strip())
    return {unquote(name.strip()).lower(): unquote(value.strip()) for name, _, value in pairs}
