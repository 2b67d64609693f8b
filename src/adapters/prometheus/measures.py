"""Measures as Prometheus counts them."""

from collections.abc import Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram

from application.ports.measures import DecoderEnd, Dependency, JobOutcome
from domain.jobs import JobKind
from domain.media_kinds import MediaKind

OTHER = "other"

_REQUEST_SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_CLAIM_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_WAIT_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400)
_JOB_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900)
KINDS = tuple(kind.value for kind in JobKind)


@dataclass(frozen=True, slots=True)
class _Answers:
    """The numbers that one kind of answer adds to, looked up once."""

    requests: Counter
    seconds: Histogram
    received: Counter
    sent: Counter


class PrometheusMeasures:
    """Counters and histograms in a registry of their own; where they are kept was chosen before."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._answers: dict[tuple[str, str, int], _Answers] = {}
        self._requests = Counter(
            "darkroom_http_requests", "Requests answered.", ("route", "method", "status"), registry=registry
        )
        self._request_seconds = Histogram(
            "darkroom_http_request_duration_seconds",
            "From the head of a request to the end of its answer.",
            ("route", "method"),
            buckets=_REQUEST_SECONDS,
            registry=registry,
        )
        self._received = Counter(
            "darkroom_http_received_bytes", "Bytes of request bodies.", ("route",), registry=registry
        )
        self._sent = Counter("darkroom_http_sent_bytes", "Bytes of answer bodies.", ("route",), registry=registry)
        self._uploads = Counter("darkroom_uploads", "Files that came in.", ("kind",), registry=registry)
        self._upload_bytes = Counter(
            "darkroom_upload_bytes", "Bytes of files that came in.", ("kind",), registry=registry
        )
        self._claim_seconds = Histogram(
            "darkroom_claim_duration_seconds",
            "How long a look for work took, found or not.",
            buckets=_CLAIM_SECONDS,
            registry=registry,
        )
        self._waits = Histogram(
            "darkroom_job_wait_seconds",
            "For how long a job had been due when it was claimed.",
            ("kind",),
            buckets=_WAIT_SECONDS,
            registry=registry,
        )
        self._ended = Counter(
            "darkroom_job_tries", "Tries at jobs, by what became of them.", ("kind", "outcome"), registry=registry
        )
        self._job_seconds = Histogram(
            "darkroom_job_duration_seconds",
            "How long a try at a job took.",
            ("kind",),
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self._decoders = Counter(
            "darkroom_decoder_restarts", "Decoder processes that had to be replaced.", ("reason",), registry=registry
        )
        self._errors = Counter(
            "darkroom_dependency_errors",
            "Operations on the store or the database that failed.",
            ("dependency", "operation"),
            registry=registry,
        )
        self._begin_at_zero()

    def _begin_at_zero(self) -> None:
        # What is not there before it first happens cannot be seen to grow by one.
        for kind in MediaKind:
            self._uploads.labels(kind.value)
            self._upload_bytes.labels(kind.value)
        for reason in DecoderEnd:
            self._decoders.labels(reason.value)
        for outcome in JobOutcome:
            for name in KINDS:
                self._ended.labels(name, outcome.value)
        for dependency in Dependency:
            for operation in dependency.operations:
                self._errors.labels(dependency.value, operation)

    def answered(self, *, route: str, method: str, status: int, seconds: float, received: int, sent: int) -> None:
        key = (route, method, status)
        answers = self._answers.get(key) or self._first_answer(key)
        answers.requests.inc()
        answers.seconds.observe(seconds)
        if received:
            answers.received.inc(received)
        if sent:
            answers.sent.inc(sent)

    def _first_answer(self, key: tuple[str, str, int]) -> _Answers:
        route, method, status = key
        self._answers[key] = answers = _Answers(
            self._requests.labels(route, method, str(status)),
            self._request_seconds.labels(route, method),
            self._received.labels(route),
            self._sent.labels(route),
        )
        return answers

    def uploaded(self, kind: MediaKind, size: int) -> None:
        self._uploads.labels(kind.value).inc()
        self._upload_bytes.labels(kind.value).inc(size)

    def claimed(self, seconds: float, waited: Sequence[tuple[str, float]]) -> None:
        self._claim_seconds.observe(seconds)
        for kind, wait in waited:
            self._waits.labels(known(kind)).observe(wait)

    def job_ended(self, kind: str, outcome: JobOutcome, seconds: float) -> None:
        self._ended.labels(known(kind), outcome.value).inc()
        if outcome is not JobOutcome.PUT_ASIDE:
            self._job_seconds.labels(known(kind)).observe(seconds)

    def decoder_ended(self, why: DecoderEnd) -> None:
        self._decoders.labels(why.value).inc()

    def failed(self, what: Dependency, operation: str) -> None:
        named = operation if operation in what.operations else OTHER
        self._errors.labels(what.value, named).inc()


def known(kind: str) -> str:
    """The kind of a job, unless only a newer program knows it."""
    return kind if kind in KINDS else OTHER
