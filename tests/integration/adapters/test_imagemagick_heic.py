"""HEIC through ImageMagick, in the sandbox."""

from collections.abc import AsyncIterator
from typing import ClassVar

import pytest

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer
from domain.image_headers.budget import DecodeLimits
from tests.unit.adapters.decoders import decoders
from tests.unit.contracts.heic_pictures import HeicPictures

pytestmark = pytest.mark.anyio
ENGINE = "adapters.imagemagick.engine:WandEngine"


@pytest.fixture(scope="module")
async def transformer(anyio_backend: str, imagemagick: None) -> AsyncIterator[SandboxedTransformer]:
    async with decoders(ENGINE, processes=1) as sandboxed:
        yield sandboxed


@pytest.fixture
async def frugal(anyio_backend: str, imagemagick: None) -> AsyncIterator[SandboxedTransformer]:
    limits = DecoderLimits(picture=DecodeLimits(max_pixels=1_000_000))
    async with decoders(ENGINE, limits, processes=1) as sandboxed:
        yield sandboxed


class TestImageMagickHeic(HeicPictures):
    """The suite; ImageMagick 6 reads no transparency in HEIC."""

    reads_alpha: ClassVar[bool] = False
