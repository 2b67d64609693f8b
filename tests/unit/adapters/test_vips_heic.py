"""HEIC through libvips and pillow-heif, in the sandbox; and what is said where pillow-heif is missing."""

from collections.abc import AsyncIterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer
from application.ports.image_transformer import Rendered
from domain.image_headers.budget import DecodeLimits
from domain.image_headers.header import UnreadableImage
from tests.unit.adapters.decoders import decoders
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.contracts.heic_pictures import HEIC, HeicPictures, heic
from tests.unit.contracts.image_transformer import FOUR, probed, rendered

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ENGINE = "adapters.vips.engine:VipsEngine"


@pytest.fixture(scope="module")
async def transformer(anyio_backend: str) -> AsyncIterator[SandboxedTransformer]:
    async with decoders(ENGINE, processes=1) as sandboxed:
        yield sandboxed


@pytest.fixture
async def frugal(anyio_backend: str) -> AsyncIterator[SandboxedTransformer]:
    limits = DecoderLimits(picture=DecodeLimits(max_pixels=1_000_000))
    async with decoders(ENGINE, limits, processes=1) as sandboxed:
        yield sandboxed


class TestVipsHeic(HeicPictures):
    """The suite."""


async def test_without_its_reader_it_says_what_is_missing_and_reads_the_rest(tmp_path: Path) -> None:
    assert find_spec("pillow_heif"), "else this would be no test"
    async with decoders("tests.unit.adapters.no_heic:WithoutHeic", processes=1) as without:
        with pytest.raises(UnreadableImage, match=r"darkroom-media\[heic\]"):
            await probed(without, heic(quarters()), HEIC, tmp_path)
        answers = await rendered(without, encoded(quarters(), "image/jpeg"), "image/jpeg", FOUR, tmp_path)
        assert all(isinstance(answer, Rendered) for answer in answers.values())
