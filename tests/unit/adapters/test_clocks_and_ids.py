"""Clocks and ids: the machine's, and those that do the same in every run."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.memory.clock import ManualClock
from adapters.memory.ids import CountingIds
from adapters.system.clock import SystemClock
from adapters.system.ids import SystemIds
from tests.unit.contracts.clock import ClockContract
from tests.unit.contracts.ids import IdsContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()

    def test_tells_the_time_it_is(self, clock: SystemClock) -> None:
        assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    def test_moves_only_by_hand(self, clock: ManualClock) -> None:
        before = clock.now()
        clock.advance(timedelta(seconds=1))
        assert clock.now() - before == timedelta(seconds=1)
        clock.set(before)
        assert clock.now() == before


class TestSystemIds(IdsContract):
    @pytest.fixture
    def ids(self) -> SystemIds:
        return SystemIds()

    def test_ids_are_uuids_of_version_7(self, ids: SystemIds) -> None:
        assert {(ids.new().version, ids.new().variant) for _ in range(100)} == {(7, "specified in RFC 4122")}


class TestCountingIds(IdsContract):
    @pytest.fixture
    def ids(self) -> CountingIds:
        return CountingIds()

    def test_every_run_is_the_same(self, ids: CountingIds) -> None:
        again = CountingIds()
        assert [(ids.new(), ids.secret()) for _ in range(5)] == [(again.new(), again.secret()) for _ in range(5)]
