"""A provider that is honest unless told otherwise, and a way through it."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.oauth.journeys import Journey, journey
from tests.servers.oidc import OidcServer, oidc_server


@pytest.fixture
async def provider() -> AsyncIterator[OidcServer]:
    async with oidc_server() as server:
        yield server


@pytest.fixture
async def person(provider: OidcServer) -> AsyncIterator[Journey]:
    async with journey(provider.issuer) as made:
        yield made
