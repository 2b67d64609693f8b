"""ImageMagick, through the sandbox, keeps every promise of a transformer."""

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.transformer import SandboxedTransformer
from domain.image_headers.budget import DecodeLimits
from domain.variants import ImageFormat
from tests.conftest import ROOT
from tests.servers.process import completed
from tests.unit.adapters.corpus import check_corpus
from tests.unit.adapters.decoders import decoders
from tests.unit.contracts.image_transformer import ImageTransformerPixels, ImageTransformerPromises

pytestmark = pytest.mark.anyio
ENGINE = "adapters.imagemagick.engine:WandEngine"


@pytest.fixture(scope="module")
async def transformer(anyio_backend: str, imagemagick: None) -> AsyncIterator[SandboxedTransformer]:
    async with decoders(ENGINE) as sandboxed:
        yield sandboxed


@pytest.fixture
async def frugal(anyio_backend: str, imagemagick: None) -> AsyncIterator[SandboxedTransformer]:
    async with decoders(ENGINE, DecoderLimits(picture=DecodeLimits(max_pixels=1_000_000))) as sandboxed:
        yield sandboxed


class TestImageMagickTransformer(ImageTransformerPromises, ImageTransformerPixels):
    """Both halves of the contract; in AVIF, ImageMagick 6 reads and writes no transparency and writes no EXIF."""

    keeps_alpha: tuple[ImageFormat, ...] = (ImageFormat.PNG, ImageFormat.WEBP)
    keeps_camera: tuple[ImageFormat, ...] = (ImageFormat.PNG, ImageFormat.JPEG, ImageFormat.WEBP)


async def test_every_file_of_the_corpus_ends_well(transformer: SandboxedTransformer, tmp_path: Path) -> None:
    await check_corpus(transformer, tmp_path)


def test_only_listed_coders_run(tmp_path: Path, imagemagick: None) -> None:
    """Read with wand itself, under our policy, what no type of ours would ever ask for."""
    code = """
import sys
from adapters.imagemagick.library import REFUSALS, Image
for name in ("label:x", "xc:red", "text:" + sys.argv[1], "mvg:" + sys.argv[1], "svg:" + sys.argv[1], "@" + sys.argv[1]):
    try:
        Image(filename=name)
    except REFUSALS as error:
        print(type(error).__name__)
"""
    picture = tmp_path / "any.txt"
    picture.write_text("viewbox 0 0 1 1")
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    told = completed([sys.executable, "-c", code, str(picture)], env=environment).stdout.split()
    assert len(told) == 6
    assert set(told) <= {"PolicyError", "BlobError", "MissingDelegateError"}
