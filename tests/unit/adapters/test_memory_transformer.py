"""The transformer for test suites keeps what a header can keep."""

import pytest

from adapters.memory.transformer import MemoryTransformer
from domain.image_headers.budget import DecodeLimits
from tests.unit.contracts.image_transformer import ImageTransformerPromises

pytestmark = pytest.mark.anyio


@pytest.fixture
def transformer() -> MemoryTransformer:
    return MemoryTransformer()


@pytest.fixture
def frugal() -> MemoryTransformer:
    return MemoryTransformer(DecodeLimits(max_pixels=1_000_000))


class TestMemoryTransformer(ImageTransformerPromises):
    """Only the promises: it has no pixels."""
