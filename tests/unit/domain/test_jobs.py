"""When a job is tried again, and when not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.jobs import (
    FIRST_DELAY,
    LONGEST_DELAY,
    PERIODS,
    PRIORITIES,
    QUEUES,
    Job,
    JobKind,
    JobStatus,
    Priority,
    backoff,
)
from tests.tables import over_rows

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JOB = Job(UUID(int=1), UUID(int=2), None, JobKind.PROCESS_IMAGE, JobStatus.PROCESSING, NOW, NOW, NOW)
CHANCE = st.floats(0, 1)


@over_rows(
    ("attempt", "shortest", "longest"),
    [(1, 1, 2), (2, 2, 4), (3, 4, 8), (4, 8, 16), (9, 256, 512), (10, 300, 600), (1000, 300, 600), (0, 1, 2)],
)
def test_each_wait_is_twice_the_last_up_to_ten_minutes(attempt: int, shortest: float, longest: float) -> None:
    assert backoff(attempt, 0) == timedelta(seconds=shortest)
    assert backoff(attempt, 1) == timedelta(seconds=longest)


@given(st.integers(0, 10**9), CHANCE)
def test_a_wait_stays_within_bounds_whatever_the_attempt(attempt: int, chance: float) -> None:
    assert FIRST_DELAY / 2 <= backoff(attempt, chance) <= LONGEST_DELAY


@given(st.integers(1, 60), CHANCE, CHANCE)
def test_a_later_wait_is_never_shorter_than_half_the_earlier(attempt: int, one: float, other: float) -> None:
    assert backoff(attempt + 1, one) >= backoff(attempt, other) / 2
    assert backoff(attempt + 1, one) >= backoff(attempt, one)


def test_chance_spreads_a_crowd() -> None:
    assert len({backoff(5, chance / 10) for chance in range(11)}) == 11


@over_rows(("attempts", "again"), [(1, True), (4, True), (5, False), (6, False)])
def test_a_failed_job_comes_back_until_its_attempts_are_spent(attempts: int, again: bool) -> None:
    job = replace(JOB, attempts=attempts, max_attempts=5)
    assert job.after_failure(permanent=False, jitter=0.5) == (backoff(attempts, 0.5) if again else None)


def test_a_permanent_failure_is_final_at_once() -> None:
    assert replace(JOB, attempts=1).after_failure(permanent=True, jitter=0.5) is None


def test_which_states_are_final() -> None:
    assert {status for status in JobStatus if status.ended} == {
        JobStatus.COMPLETED,
        JobStatus.FAILED,
        JobStatus.CANCELLED,
    }


def test_the_names_are_those_of_the_api() -> None:
    assert [status.value for status in JobStatus] == ["pending", "processing", "completed", "failed", "cancelled"]
    assert {"SyncProjectVariants", "SyncFileVariants"} < {kind.value for kind in JobKind}


def test_what_somebody_waits_for_goes_first() -> None:
    assert Priority.UPLOAD < Priority.SYNC < Priority.HOUSEKEEPING
    assert JOB.priority == Priority.UPLOAD


def test_every_kind_is_in_one_queue_and_has_its_urgency() -> None:
    queued = [kind for kinds in QUEUES.values() for kind in kinds]
    assert sorted(queued) == sorted(JobKind)
    assert set(PRIORITIES) == set(JobKind)
    assert set(PERIODS) <= QUEUES["housekeeping"]


@over_rows("kind", JobKind)
def test_a_fresh_job_is_as_urgent_as_its_kind(kind: JobKind) -> None:
    job = Job.fresh(UUID(int=1), kind, NOW, unique_key="only one")
    assert (job.priority, job.status, job.attempts, job.lease) == (PRIORITIES[kind], JobStatus.PENDING, 0, None)
    assert (job.run_at, job.created_at, job.updated_at, job.unique_key) == (NOW, NOW, NOW, "only one")
