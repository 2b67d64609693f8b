"""An exporter whose failures are no news after the first."""

import logging
from collections.abc import Sequence
from time import monotonic

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

SAID_AGAIN_AFTER = 60.0

_log = logging.getLogger(__name__)


class PatientExporter(SpanExporter):
    """Lets another exporter try, and says at most once a minute that nobody takes what it brings."""

    def __init__(self, exporter: SpanExporter, address: str) -> None:
        self._exporter, self._address = exporter, address
        self._closed = False
        self._lost = 0
        self._silent_until = 0.0
        self.refused = False
        """Whether the last ones were not taken."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Hand them over."""
        result = SpanExportResult.FAILURE if self._closed else self._exporter.export(spans)
        self.refused = result is not SpanExportResult.SUCCESS
        if self.refused and not self._closed:
            self._complain(len(spans))
        return result

    def shutdown(self) -> None:
        """Try no more, not even what is being tried."""
        if not self._closed:
            self._closed = True
            self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing is kept here."""
        return True

    def _complain(self, lost: int) -> None:
        self._lost += lost
        if monotonic() >= self._silent_until:
            _log.warning("nobody takes traces at %s; %d steps are lost", self._address, self._lost)
            self._lost, self._silent_until = 0, monotonic() + SAID_AGAIN_AFTER
