"""What everybody promises who takes note of how it goes."""

from typing import Protocol

from application.ports.measures import DecoderEnd, Dependency, JobOutcome, Measures
from domain.jobs import JobKind
from domain.media_kinds import MediaKind


class Noted(Protocol):
    """What was taken note of, as an adapter's tests read it back."""

    def answers(self, route: str, method: str, status: int) -> float: ...
    def answer_seconds(self, route: str, method: str) -> float: ...
    def bytes_of(self, route: str) -> tuple[float, float]: ...
    def uploads(self, kind: MediaKind) -> tuple[float, float]: ...
    def claims(self) -> tuple[float, float]: ...
    def waits(self, kind: str) -> tuple[float, float]: ...
    def tries(self, kind: str, outcome: JobOutcome) -> float: ...
    def job_seconds(self, kind: str) -> float: ...
    def decoders(self, why: DecoderEnd) -> float: ...
    def failures(self, what: Dependency, operation: str) -> float: ...


class MeasuresContract:
    """Suite for `Measures`."""

    def test_everything_begins_at_zero(self, noted: Noted) -> None:
        assert noted.uploads(MediaKind.VIDEO) == (0, 0)
        assert noted.claims() == (0, 0)
        assert not any(noted.tries(kind, outcome) for kind in JobKind for outcome in JobOutcome)
        assert not any(noted.decoders(why) for why in DecoderEnd)
        assert not any(noted.failures(what, operation) for what in Dependency for operation in what.operations)

    def test_answers_by_route_method_and_status(self, measures: Measures, noted: Noted) -> None:
        for status in (200, 200, 404):
            measures.answered(route="/files/{id}", method="GET", status=status, seconds=0.25, received=0, sent=100)
        measures.answered(route="/upload/file", method="POST", status=200, seconds=1.5, received=2**33, sent=7)
        assert (noted.answers("/files/{id}", "GET", 200), noted.answers("/files/{id}", "GET", 404)) == (2, 1)
        assert noted.answer_seconds("/files/{id}", "GET") == 0.75
        assert noted.bytes_of("/files/{id}") == (0, 300)
        assert noted.bytes_of("/upload/file") == (2**33, 7)

    def test_uploads_by_kind(self, measures: Measures, noted: Noted) -> None:
        measures.uploaded(MediaKind.IMAGE, 10)
        measures.uploaded(MediaKind.IMAGE, 2**40)
        measures.uploaded(MediaKind.FILE, 0)
        assert noted.uploads(MediaKind.IMAGE) == (2, 10 + 2**40)
        assert noted.uploads(MediaKind.FILE) == (1, 0)

    def test_claims_and_how_long_jobs_had_waited(self, measures: Measures, noted: Noted) -> None:
        measures.claimed(0.5, [])
        measures.claimed(0.25, [(JobKind.PROCESS_IMAGE, 3), (JobKind.PROCESS_IMAGE, 4), (JobKind.HASH_FILE, 0)])
        assert noted.claims() == (2, 0.75)
        assert noted.waits(JobKind.PROCESS_IMAGE) == (2, 7)
        assert noted.waits(JobKind.HASH_FILE) == (1, 0)

    def test_tries_at_jobs_by_kind_and_outcome(self, measures: Measures, noted: Noted) -> None:
        measures.job_ended(JobKind.PROCESS_IMAGE, JobOutcome.COMPLETED, 0.5)
        measures.job_ended(JobKind.PROCESS_IMAGE, JobOutcome.FAILED, 1.5)
        measures.job_ended(JobKind.PROCESS_IMAGE, JobOutcome.FAILED, 2)
        assert noted.tries(JobKind.PROCESS_IMAGE, JobOutcome.COMPLETED) == 1
        assert noted.tries(JobKind.PROCESS_IMAGE, JobOutcome.FAILED) == 2
        assert noted.job_seconds(JobKind.PROCESS_IMAGE) == 4

    def test_decoders_and_failures(self, measures: Measures, noted: Noted) -> None:
        measures.decoder_ended(DecoderEnd.MEMORY)
        measures.failed(Dependency.STORE, "put")
        measures.failed(Dependency.DATABASE, "commit")
        measures.failed(Dependency.DATABASE, "commit")
        assert [noted.decoders(why) for why in DecoderEnd] == [float(why is DecoderEnd.MEMORY) for why in DecoderEnd]
        assert (noted.failures(Dependency.STORE, "put"), noted.failures(Dependency.DATABASE, "commit")) == (1, 2)
