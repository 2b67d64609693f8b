"""A collector of traces for tests: it takes what it is sent, or does not, and remembers it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic, sleep

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

Value = str | int | float | bool


@dataclass(frozen=True)
class Step:
    """A span as it came over the wire."""

    name: str
    service: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Value]
    failed: bool


@dataclass
class OtlpCollector:
    """What came in so far; `status` is what senders are told, after `pause` seconds."""

    url: str = ""
    status: int = 200
    pause: float = 0
    steps: list[Step] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def take(self, body: bytes) -> None:
        for spans in ExportTraceServiceRequest.FromString(body).resource_spans:
            resource = {each.key: each.value.string_value for each in spans.resource.attributes}
            for span in (span for scope in spans.scope_spans for span in scope.spans):
                told = {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes}
                trace, own, parent = (each.hex() for each in (span.trace_id, span.span_id, span.parent_span_id))
                failed = span.status.code == span.status.STATUS_CODE_ERROR
                self.steps.append(Step(span.name, resource["service.name"], trace, own, parent, told, failed))

    def named(self, name: str) -> list[Step]:
        return [step for step in self.steps if step.name == name]

    def wait_for(self, name: str, seconds: float = 30) -> Step:
        deadline = monotonic() + seconds
        while not self.named(name):
            if monotonic() > deadline:
                raise AssertionError(f"no {name} within {seconds} s, only {sorted({each.name for each in self.steps})}")
            sleep(0.05)
        return self.named(name)[0]


@contextmanager
def otlp_collector() -> Iterator[OtlpCollector]:
    """One that listens on a port of its own."""
    collector, over = OtlpCollector(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            collector.headers.append({name.lower(): value for name, value in self.headers.items()})
            over.wait(collector.pause)
            if collector.status == 200 and self.path == "/v1/traces":
                collector.take(body)
            self.send_response(collector.status if self.path == "/v1/traces" else 404)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    collector.url = f"http://127.0.0.1:{server.server_port}"
    listening = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    listening.start()
    try:
        yield collector
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        listening.join()
