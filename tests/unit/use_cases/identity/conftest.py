"""What the tests of identity share."""

import pytest

from tests.unit.use_cases.identity.house import House


@pytest.fixture
def house() -> House:
    return House()
