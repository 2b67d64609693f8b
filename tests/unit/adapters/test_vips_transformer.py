"""libvips, through the sandbox, keeps every promise of a transformer."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer
from adapters.vips.version import engine_version
from domain.image_headers.budget import DecodeLimits
from tests.conftest import ROOT
from tests.servers.process import completed
from tests.unit.adapters.corpus import check_corpus
from tests.unit.adapters.decoders import decoders
from tests.unit.contracts.image_transformer import ImageTransformerPixels, ImageTransformerPromises

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ENGINE = "adapters.vips.engine:VipsEngine"


@pytest.fixture(scope="module")
async def transformer(anyio_backend: str) -> AsyncIterator[SandboxedTransformer]:
    async with decoders(ENGINE) as sandboxed:
        yield sandboxed


@pytest.fixture
async def frugal(anyio_backend: str) -> AsyncIterator[SandboxedTransformer]:
    async with decoders(ENGINE, DecoderLimits(picture=DecodeLimits(max_pixels=1_000_000))) as sandboxed:
        yield sandboxed


class TestVipsTransformer(ImageTransformerPromises, ImageTransformerPixels):
    """Both halves of the contract."""


async def test_every_file_of_the_corpus_ends_well(transformer: SandboxedTransformer, tmp_path: Path) -> None:
    await check_corpus(transformer, tmp_path)


def test_the_version_names_the_line_of_libvips() -> None:
    told = "import pyvips; print(f'vips-{pyvips.version(0)}.{pyvips.version(1)}')"
    assert engine_version() == completed([sys.executable, "-c", told]).stdout.strip()


def test_naming_the_engines_loads_no_decoder() -> None:
    code = (
        "import sys, adapters.vips.version as v, adapters.imagemagick.version as w, adapters.sandbox.transformer;"
        "print(v.engine_version(), w.engine_version(), not {'pyvips', 'wand', 'PIL'} & sys.modules.keys())"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    told = completed([sys.executable, "-c", code], env=environment)
    assert told.stdout.split() == [engine_version(), "imagemagick-6", "True"]
