"""Followers of jobs that look ten times as often as in production, so that tests need not wait for them."""

import pytest

from application.jobs import follow_events, pulse

TEN = 10


def poll_often(patch: pytest.MonkeyPatch) -> None:
    """Divide every interval by ten; their proportions stay."""
    for module, name in (
        (pulse, "LOOKED_EVERY"),
        (pulse, "SHORTEST_PAUSE"),
        (follow_events, "LOOKS_AROUND_EVERY"),
    ):
        patch.setattr(module, name, getattr(module, name) / TEN)
