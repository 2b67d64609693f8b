"""Traces by OpenTelemetry."""

from collections.abc import Mapping
from contextvars import Token
from types import TracebackType

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import INVALID_SPAN, SpanKind, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from application.ports.traces import NOTHING, Attributes, Kind
from application.tracing import ERROR_TYPE, note_error

_KINDS: Mapping[Kind, SpanKind] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
_PROPAGATOR = TraceContextTextMapPropagator()
_NOWHERE = Context()


class OpenTelemetrySpan:
    """One step, and the `with` that makes it the one under way."""

    __slots__ = ("_outer", "_span")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._outer: Token[Context] | None = None

    def rename(self, name: str) -> None:
        """Call it by a better name."""
        if self._span.is_recording():
            self._span.update_name(name)

    def tell(self, attributes: Attributes) -> None:
        """Facts about it."""
        if self._span.is_recording():
            self._span.set_attributes(attributes)

    def fail(self, kind: str) -> None:
        """It went wrong."""
        if self._span.is_recording():
            self._span.set_attribute(ERROR_TYPE, kind)
            self._span.set_status(StatusCode.ERROR)

    def end(self) -> None:
        """It is over."""
        if self._span.is_recording():
            self._span.end()

    def __enter__(self) -> "OpenTelemetrySpan":
        if self._span is not INVALID_SPAN:
            self._outer = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_back: TracebackType | None
    ) -> None:
        if self._outer is not None:
            context.detach(self._outer)
        if error is not None:
            note_error(self, error)
        self.end()


_NONE = OpenTelemetrySpan(INVALID_SPAN)


class OpenTelemetryTraces:
    """Remembers steps with a provider, whose processors pass them on."""

    def __init__(self, provider: TracerProvider, version: str) -> None:
        self._tracer: Tracer = provider.get_tracer("darkroom", version)

    def continued(
        self, name: str, carried: str | None, attributes: Attributes = NOTHING, *, kind: Kind = "server"
    ) -> OpenTelemetrySpan:
        """The first step of this program."""
        # What is not sane leaves the context as it was: empty.
        before = _PROPAGATOR.extract({"traceparent": carried}, context=_NOWHERE) if carried else _NOWHERE
        return OpenTelemetrySpan(self._tracer.start_span(name, before, kind=_KINDS[kind], attributes=attributes))

    def span(self, name: str, attributes: Attributes = NOTHING, *, kind: Kind = "internal") -> OpenTelemetrySpan:
        """A step; those within are its parts."""
        return self._part(name, attributes, kind)

    def leaf(self, name: str, attributes: Attributes = NOTHING, *, kind: Kind = "client") -> OpenTelemetrySpan:
        """A step without parts."""
        return self._part(name, attributes, kind)

    def carried(self) -> str | None:
        """The step under way."""
        current = trace.get_current_span()
        told = current.get_span_context()
        if not told.is_valid or (told.trace_flags.sampled and not current.is_recording()):
            return None
        return f"00-{told.trace_id:032x}-{told.span_id:016x}-{int(told.trace_flags.sampled):02x}"

    def _part(self, name: str, attributes: Attributes, kind: Kind) -> OpenTelemetrySpan:
        if not trace.get_current_span().is_recording():
            return _NONE
        return OpenTelemetrySpan(self._tracer.start_span(name, kind=_KINDS[kind], attributes=attributes))
