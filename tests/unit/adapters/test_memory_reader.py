"""The reader for test suites keeps the promises of a reader."""

import pytest

from adapters.memory.reader import MemoryReader
from tests.unit.contracts.metadata_reader import MetadataReaderContract

pytestmark = pytest.mark.anyio


@pytest.fixture
def reader() -> MemoryReader:
    return MemoryReader()


class TestMemoryReader(MetadataReaderContract):
    """The contract."""
