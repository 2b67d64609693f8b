"""Measures in memory."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from application.ports.measures import DecoderEnd, Dependency, JobOutcome
from domain.media_kinds import MediaKind


class MemoryMeasures:
    """Sums, by what they are of: as many of them as there are kinds of things to measure."""

    def __init__(self) -> None:
        self.answers = Counter[tuple[str, str, int]]()
        self.answer_seconds = defaultdict[tuple[str, str], float](float)
        self.received = Counter[str]()
        self.sent = Counter[str]()
        self.uploads = Counter[MediaKind]()
        self.upload_bytes = Counter[MediaKind]()
        self.claims = 0
        self.claim_seconds = 0.0
        self.jobs_claimed = Counter[str]()
        self.job_waits = defaultdict[str, float](float)
        self.jobs_ended = Counter[tuple[str, JobOutcome]]()
        self.job_seconds = defaultdict[str, float](float)
        self.decoders = Counter[DecoderEnd]()
        self.failures = Counter[tuple[Dependency, str]]()

    def answered(self, *, route: str, method: str, status: int, seconds: float, received: int, sent: int) -> None:
        self.answers[route, method, status] += 1
        self.answer_seconds[route, method] += seconds
        self.received[route] += received
        self.sent[route] += sent

    def uploaded(self, kind: MediaKind, size: int) -> None:
        self.uploads[kind] += 1
        self.upload_bytes[kind] += size

    def claimed(self, seconds: float, waited: Sequence[tuple[str, float]]) -> None:
        self.claims += 1
        self.claim_seconds += seconds
        for kind, wait in waited:
            self.jobs_claimed[kind] += 1
            self.job_waits[kind] += wait

    def job_ended(self, kind: str, outcome: JobOutcome, seconds: float) -> None:
        self.jobs_ended[kind, outcome] += 1
        self.job_seconds[kind] += seconds

    def decoder_ended(self, why: DecoderEnd) -> None:
        self.decoders[why] += 1

    def failed(self, what: Dependency, operation: str) -> None:
        self.failures[what, operation] += 1
