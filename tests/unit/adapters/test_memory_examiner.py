"""The examiner in memory."""

import pytest

from adapters.memory.examiner import MemoryExaminer
from tests.unit.contracts.media_examiner import MediaExaminerContract

pytestmark = pytest.mark.anyio


class TestMemoryExaminer(MediaExaminerContract):
    @pytest.fixture
    def examiner(self) -> MemoryExaminer:
        return MemoryExaminer()
