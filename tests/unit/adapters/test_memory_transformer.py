"""The transformer for test suites keeps what a header can keep."""

import pytest

from adapters.memory.transformer import MemoryTransformer
from tests.unit.contracts.image_transformer import ImageTransformerPromises

pytestmark = pytest.mark.anyio


@pytest.fixture
def transformer() -> MemoryTransformer:
    return MemoryTransformer()


class TestMemoryTransformer(ImageTransformerPromises):
    """Only the promises: it has no pixels."""
