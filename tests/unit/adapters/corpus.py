"""The shared corpus of odd and hostile files, through a transformer; skipped where it is not at hand."""

import asyncio
import shutil
from collections import defaultdict
from pathlib import Path

import pytest

from application.ports.image_transformer import Glimpse, ImageTransformer, NotRendered, Order, Rendered
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.sniffing import HEIC_TYPES, IMAGE_TYPES_TAKEN, SNIFF_BYTES, sniff
from domain.variants import Fit, ImageFormat, VariantSpec
from tests.conftest import ROOT
from tests.unit.contracts.drawn import opened

CORPUS = ROOT.parent / "shared" / "corpus"
MANIFEST = CORPUS / "MANIFEST.tsv"
ORDERS = (
    Order("thumb", VariantSpec(ImageFormat.WEBP, 150, 150, fit=Fit.COVER)),
    Order("medium", VariantSpec(ImageFormat.JPEG, 800, 800)),
    Order("same", VariantSpec()),
)
ALL_DECODED = {"pngsuite-valid": 81, "orientation": 28, "metadata-gps": 4}
NONE_DECODED = {
    "bomb-pixels": {"images__big-height.webp", "fixtures__big-height.webp"},  # films of some 13 x 169 pixels a frame
    "hang-history": set[str](),
    "pngsuite-x": set[str](),
    # Wrong by the letter of the format, and yet libheif shows what was meant.
    "avif-invalid": {
        "invalid-avif-colr-multiple-nclx.avif",
        "no-pixi.avif",
        "av1C-missing-essential.avif",
        "valid_with_garbage_byte.avif",
        "bad-ipma-flags.avif",
        "no-alpha-ispe.avif",
    },
}

Outcomes = dict[str, dict[str, bool]]
"""By category: each file that is taken, and whether it was decoded."""


async def check_corpus(transformer: ImageTransformer, folder: Path) -> None:
    """Every file ends as the manifest says, in the time a decoder has, and costs no decoder."""
    outcomes = await _outcomes(transformer, folder)
    for category, count in ALL_DECODED.items():
        assert list(outcomes[category].values()) == [True] * count, category
    for category, forgiven in NONE_DECODED.items():
        decoded = {name.rpartition("__tests__")[2] for name, done in outcomes[category].items() if done}
        assert all(any(name.endswith(known) for known in forgiven) for name in decoded), (category, decoded)


async def _outcomes(transformer: ImageTransformer, folder: Path) -> Outcomes:
    if not MANIFEST.exists():
        pytest.skip(f"no corpus in {CORPUS}")
    told: Outcomes = defaultdict(dict)
    waiting = [line.split("\t") for line in MANIFEST.read_text().splitlines()[1:]]

    async def work(name: str) -> None:
        into = folder / name
        while waiting:
            category, _, _, file = waiting.pop()
            into.mkdir()
            decoded = await _is_decoded(transformer, CORPUS / file, into)
            if decoded is not None:
                told[category][file] = decoded
            shutil.rmtree(into)

    await asyncio.gather(work("one"), work("two"))
    return told


async def _is_decoded(transformer: ImageTransformer, path: Path, into: Path) -> bool | None:
    with path.open("rb") as file:
        mime_type = sniff(file.read(SNIFF_BYTES)).mime
    if mime_type not in IMAGE_TYPES_TAKEN | HEIC_TYPES:
        return None
    try:
        told = [answer async for answer in transformer.render(path, mime_type, ORDERS, into, keep_camera=True)]
    except (UnreadableImage, ImageTooBig):
        return False
    answers = [answer for answer in told if not isinstance(answer, Glimpse)]
    assert len(told) == len(answers) + 1
    assert {answer.name for answer in answers} == {order.name for order in ORDERS}
    assert all(isinstance(answer, Rendered | NotRendered) for answer in answers)
    made = [answer.path for answer in answers if isinstance(answer, Rendered)]
    assert all(_tells_no_place(variant) for variant in made), path
    return bool(made)


def _tells_no_place(variant: Path) -> bool:
    """Nor a direction to turn it, a serial number or a smaller picture of what was there."""
    exif = opened(variant).getexif()
    serials = {0xA431, 0xA435, 0xC62F} & {*exif, *exif.get_ifd(0x8769)}
    return exif.get(0x0112, 1) == 1 and not exif.get_ifd(0x8825) and not exif.get_ifd(1) and not serials
