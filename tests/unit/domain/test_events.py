"""Events, as clients and the log know them."""

from datetime import UTC, datetime
from uuid import UUID

from domain.events import Event, EventKind


def test_the_names_stay() -> None:
    assert {kind.value for kind in EventKind} >= {
        "file_uploaded",
        "file_ready",
        "file_failed",
        "variant_ready",
        "variant_failed",
        "job_update",
    }


def test_an_event_says_no_more_than_it_was_told() -> None:
    event = Event(EventKind.FILE_READY, UUID(int=1), datetime(2026, 1, 1, tzinfo=UTC))
    assert (event.file_id, event.job_id, event.data) == (None, None, {})
