"""Measures, in memory and as Prometheus counts them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from adapters.memory.measures import MemoryMeasures
from adapters.prometheus.measures import PrometheusMeasures
from adapters.prometheus.page import PrometheusPage
from adapters.prometheus.places import take_place
from adapters.prometheus.values import keep_in_process
from application.ports.backlog import ENDED, UNFINISHED, Backlog, JobState, Standing
from application.ports.measures import DecoderEnd, Dependency, JobOutcome
from domain.jobs import JobKind
from domain.media_kinds import MediaKind
from tests.unit.adapters.exposition import Page, read
from tests.unit.contracts.measures import MeasuresContract, Noted

pytestmark = pytest.mark.anyio


@dataclass
class InMemory:
    kept: MemoryMeasures

    def answers(self, route: str, method: str, status: int) -> float:
        return self.kept.answers[route, method, status]

    def answer_seconds(self, route: str, method: str) -> float:
        return self.kept.answer_seconds[route, method]

    def bytes_of(self, route: str) -> tuple[float, float]:
        return self.kept.received[route], self.kept.sent[route]

    def uploads(self, kind: MediaKind) -> tuple[float, float]:
        return self.kept.uploads[kind], self.kept.upload_bytes[kind]

    def claims(self) -> tuple[float, float]:
        return self.kept.claims, self.kept.claim_seconds

    def waits(self, kind: str) -> tuple[float, float]:
        return self.kept.jobs_claimed[kind], self.kept.job_waits[kind]

    def tries(self, kind: str, outcome: JobOutcome) -> float:
        return self.kept.jobs_ended[kind, outcome]

    def job_seconds(self, kind: str) -> float:
        return self.kept.job_seconds[kind]

    def decoders(self, why: DecoderEnd) -> float:
        return self.kept.decoders[why]

    def failures(self, what: Dependency, operation: str) -> float:
        return self.kept.failures[what, operation]


@dataclass
class OnThePage:
    kept: PrometheusMeasures

    @property
    def page(self) -> Page:
        return read(generate_latest(self.kept.registry).decode())

    def answers(self, route: str, method: str, status: int) -> float:
        return self.page("darkroom_http_requests_total", route=route, method=method, status=str(status))

    def answer_seconds(self, route: str, method: str) -> float:
        return self.page("darkroom_http_request_duration_seconds_sum", route=route, method=method)

    def bytes_of(self, route: str) -> tuple[float, float]:
        page = self.page
        return page("darkroom_http_received_bytes_total", route=route), page(
            "darkroom_http_sent_bytes_total", route=route
        )

    def uploads(self, kind: MediaKind) -> tuple[float, float]:
        page = self.page
        return page("darkroom_uploads_total", kind=kind), page("darkroom_upload_bytes_total", kind=kind)

    def claims(self) -> tuple[float, float]:
        page = self.page
        return page("darkroom_claim_duration_seconds_count"), page("darkroom_claim_duration_seconds_sum")

    def waits(self, kind: str) -> tuple[float, float]:
        page = self.page
        return page("darkroom_job_wait_seconds_count", kind=kind), page("darkroom_job_wait_seconds_sum", kind=kind)

    def tries(self, kind: str, outcome: JobOutcome) -> float:
        return self.page("darkroom_job_tries_total", kind=kind, outcome=outcome)

    def job_seconds(self, kind: str) -> float:
        return self.page("darkroom_job_duration_seconds_sum", kind=kind)

    def decoders(self, why: DecoderEnd) -> float:
        return self.page("darkroom_decoder_restarts_total", reason=why)

    def failures(self, what: Dependency, operation: str) -> float:
        return self.page("darkroom_dependency_errors_total", dependency=what, operation=operation)


class TestMemoryMeasures(MeasuresContract):
    @pytest.fixture
    def measures(self) -> MemoryMeasures:
        return MemoryMeasures()

    @pytest.fixture
    def noted(self, measures: MemoryMeasures) -> Noted:
        return InMemory(measures)


class TestPrometheusMeasures(MeasuresContract):
    @pytest.fixture
    def measures(self) -> PrometheusMeasures:
        keep_in_process()
        return PrometheusMeasures()

    @pytest.fixture
    def noted(self, measures: PrometheusMeasures) -> Noted:
        return OnThePage(measures)

    def test_what_nobody_knows_shares_one_label(self, measures: PrometheusMeasures) -> None:
        measures.job_ended("OfANewerProgram", JobOutcome.FAILED, 1)
        measures.claimed(0, [("OfANewerProgram", 1), ("OfAnother", 1)])
        measures.failed(Dependency.STORE, "twiddle")
        page = OnThePage(measures).page
        assert page("darkroom_job_tries_total", kind="other", outcome="failed") == 1
        assert page("darkroom_job_wait_seconds_count", kind="other") == 2
        assert page("darkroom_dependency_errors_total", dependency="store", operation="other") == 1
        assert not page.values("kind") & {"OfANewerProgram", "OfAnother"}

    def test_a_job_put_aside_took_no_time(self, measures: PrometheusMeasures) -> None:
        measures.job_ended(JobKind.PROCESS_IMAGE, JobOutcome.PUT_ASIDE, 0)
        page = OnThePage(measures).page
        assert page("darkroom_job_tries_total", kind="ProcessImage", outcome="put_aside") == 1
        assert page("darkroom_job_duration_seconds_count", kind="ProcessImage") == 0

    def test_seconds_fall_into_buckets(self, measures: PrometheusMeasures) -> None:
        for seconds in (0.001, 0.3, 3600):
            measures.answered(route="/", method="GET", status=200, seconds=seconds, received=0, sent=0)
        page, name = OnThePage(measures).page, "darkroom_http_request_duration_seconds_bucket"
        counted = [page(name, route="/", method="GET", le=le) for le in ("0.002", "0.25", "0.5", "60.0", "+Inf")]
        assert counted == [1, 1, 2, 2, 3]


class TestPage:
    @pytest.fixture
    def page(self) -> PrometheusPage:
        keep_in_process()
        return PrometheusPage(PrometheusMeasures(), program="up", version="1.2.3")

    async def test_shows_the_process_and_what_was_built(self, page: PrometheusPage) -> None:
        told = read((await page.write(None)).decode())
        here = {"program": "up", "process": "0"}
        assert told("process_resident_memory_bytes", **here) > 10 << 20
        assert told("process_cpu_seconds_total", **here) > 0
        assert 3 <= told("process_open_fds", **here) <= told("process_max_fds", **here)
        assert 1.6e9 < told("process_start_time_seconds", **here) < 1e10
        assert told.total("darkroom_build_info", version="1.2.3") == 1

    async def test_shows_the_queue_as_it_is_told(self, page: PrometheusPage) -> None:
        standings = [
            Standing(JobKind.PROCESS_IMAGE, JobState.WAITING, 3, 12.5),
            Standing(JobKind.PROCESS_IMAGE, JobState.FAILED, 2),
            Standing("OfANewerProgram", JobState.WAITING, 1, 7),
            Standing("OfAnother", JobState.WAITING, 1, 9),
        ]
        told = read((await page.write(Backlog(standings, frozenset(JobState)))).decode())
        assert told("darkroom_jobs", kind="ProcessImage", state="waiting") == 3
        assert told("darkroom_jobs", kind="ProcessImage", state="failed") == 2
        assert told("darkroom_jobs", kind="other", state="waiting") == 2
        assert told("darkroom_oldest_due_job_seconds", kind="ProcessImage") == 12.5
        assert told("darkroom_oldest_due_job_seconds", kind="other") == 9
        assert ("darkroom_jobs", frozenset({("kind", "HashFile"), ("state", "waiting")})) in told.samples

    @pytest.mark.parametrize(("counted", "aged"), [(UNFINISHED, True), (ENDED, False)])
    async def test_of_what_was_not_counted_it_does_not_say_zero(
        self, page: PrometheusPage, counted: frozenset[JobState], aged: bool
    ) -> None:
        told = read((await page.write(Backlog([], counted))).decode())
        assert told.values("state") == set(counted)
        assert (("darkroom_oldest_due_job_seconds", frozenset({("kind", "HashFile")})) in told.samples) is aged

    async def test_a_queue_that_is_not_known_is_left_out(self, page: PrometheusPage) -> None:
        assert "darkroom_jobs" not in read((await page.write(None)).decode()).names

    @pytest.mark.skipif(sys.platform != "linux", reason="a file that is always full exists on Linux only")
    async def test_a_full_disk_costs_only_what_would_be_written(self, tmp_path: Path) -> None:
        keep_in_process()
        place = take_place(tmp_path)
        (tmp_path / "facts_0.new").symlink_to("/dev/full")
        page = PrometheusPage(PrometheusMeasures(), program="up", version="1.2.3", place=place)
        told = read((await page.write(None)).decode())
        os.close(place.lock)
        assert told.total("darkroom_build_info", version="1.2.3") == 1

    async def test_the_page_stays_small_whatever_happens(self, page: PrometheusPage) -> None:
        told = read((await page.write(Backlog([], frozenset(JobState)))).decode())
        assert len(told.samples) < 400
