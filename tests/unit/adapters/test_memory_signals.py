"""Signals in memory."""

import pytest

from adapters.memory.signals import MemorySignals
from tests.unit.contracts.signals import SignalsContract

pytestmark = pytest.mark.anyio


class TestMemorySignals(SignalsContract):
    @pytest.fixture
    def signals(self) -> MemorySignals:
        return MemorySignals()

    @pytest.fixture
    def other(self, signals: MemorySignals) -> MemorySignals:
        return signals
