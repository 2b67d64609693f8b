"""Traces in memory and by OpenTelemetry."""

from collections.abc import Callable, Sequence

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.memory.traces import MemoryTraces
from adapters.opentelemetry.traces import OpenTelemetryTraces
from application.ports.traces import Traces
from tests.unit.contracts.traces import Seen, TracesContract


class TestMemoryTraces(TracesContract):
    @pytest.fixture
    def traces(self) -> MemoryTraces:
        return MemoryTraces()

    @pytest.fixture
    def one_more(self, traces: MemoryTraces) -> Traces:
        another = MemoryTraces()
        another.ended = traces.ended
        return another

    @pytest.fixture
    def ended(self, traces: MemoryTraces) -> Callable[[], Sequence[Seen]]:
        return lambda: [
            Seen(each.name, each.kind, each.trace_id, each.span_id, each.parent_id, each.attributes, each.failed)
            for each in traces.ended
        ]


class TestOpenTelemetryTraces(TracesContract):
    @pytest.fixture
    def exporter(self) -> InMemorySpanExporter:
        return InMemorySpanExporter()

    @pytest.fixture
    def traces(self, exporter: InMemorySpanExporter) -> Traces:
        return self.told_to(exporter)

    @pytest.fixture
    def one_more(self, exporter: InMemorySpanExporter) -> Traces:
        return self.told_to(exporter)

    @pytest.fixture
    def ended(self, exporter: InMemorySpanExporter) -> Callable[[], Sequence[Seen]]:
        return lambda: [
            Seen(
                each.name,
                each.kind.name.lower(),
                f"{each.context.trace_id:032x}",
                f"{each.context.span_id:016x}",
                f"{each.parent.span_id:016x}" if each.parent else None,
                dict(each.attributes or {}),
                not each.status.is_unset,
            )
            for each in exporter.get_finished_spans()
        ]

    def test_no_words_of_an_error_are_kept_as_events(self, traces: Traces, exporter: InMemorySpanExporter) -> None:
        with pytest.raises(ValueError, match="geheim"), traces.continued("job", None):
            raise ValueError("geheim")
        (span,) = exporter.get_finished_spans()
        assert (span.events, span.status.description) == ((), None)

    @staticmethod
    def told_to(exporter: InMemorySpanExporter) -> OpenTelemetryTraces:
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(exporter))
        return OpenTelemetryTraces(provider, "1")
