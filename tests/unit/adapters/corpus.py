"""The shared corpus of odd and hostile files, through a transformer; skipped where it is not at hand."""

import asyncio
import shutil
from collections import Counter
from pathlib import Path

import pytest

from application.ports.image_transformer import ImageTransformer, NotRendered, Order, Rendered
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.sniffing import HEIC_TYPES, IMAGE_TYPES_TAKEN, SNIFF_BYTES, sniff
from domain.variants import Fit, ImageFormat, VariantSpec
from tests.conftest import ROOT

CORPUS = ROOT.parent / "shared" / "corpus"
ORDERS = (
    Order("thumb", VariantSpec(ImageFormat.WEBP, 150, 150, fit=Fit.COVER)),
    Order("medium", VariantSpec(ImageFormat.JPEG, 800, 800)),
    Order("same", VariantSpec()),
)


async def corpus_outcomes(transformer: ImageTransformer, folder: Path) -> dict[str, Counter[str]]:
    """How many files of each category were decoded, and how many refused; anything else is raised."""
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus in {CORPUS}")
    told: dict[str, Counter[str]] = {"decoded": Counter(), "refused": Counter()}
    waiting = sorted(path for path in CORPUS.glob("*/*") if path.is_file())

    async def work(name: str) -> None:
        into = folder / name
        while waiting:
            path = waiting.pop()
            into.mkdir()
            decoded = await _is_decoded(transformer, path, into)
            if decoded is not None:
                told["decoded" if decoded else "refused"][path.parent.name] += 1
            shutil.rmtree(into)

    await asyncio.gather(work("one"), work("two"))
    return told


async def _is_decoded(transformer: ImageTransformer, path: Path, into: Path) -> bool | None:
    with path.open("rb") as file:
        mime_type = sniff(file.read(SNIFF_BYTES)).mime
    if mime_type not in IMAGE_TYPES_TAKEN | HEIC_TYPES:
        return None
    try:
        answers = [answer async for answer in transformer.render(path, mime_type, ORDERS, into)]
    except (UnreadableImage, ImageTooBig):
        return False
    assert {answer.name for answer in answers} == {order.name for order in ORDERS}
    assert all(isinstance(answer, Rendered | NotRendered) for answer in answers)
    return any(isinstance(answer, Rendered) for answer in answers)
