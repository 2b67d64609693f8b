"""What every transformer that reads HEIC promises of it."""

import io
from pathlib import Path
from typing import Any, ClassVar

import pillow_heif
import pytest
from PIL import Image, ImageCms

from application.ports.image_transformer import ImageTransformer, NotRendered, Order, Rendered
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.image_headers.reading import read_header
from domain.sniffing import SNIFF_BYTES, sniff
from domain.variants import ImageFormat, VariantSpec
from tests.unit.contracts.drawn import (
    BLUE,
    RED,
    TURNED,
    close,
    corner_colours,
    display_p3,
    half_and_half,
    noise,
    opened,
    pixel,
    quarters,
)
from tests.unit.contracts.image_transformer import (
    CAMERA,
    FOUR,
    answered,
    camera_in,
    is_upright,
    one,
    probed,
    rendered,
    taken_somewhere,
)

HEIC = "image/heic"
SMALL = VariantSpec(ImageFormat.PNG, 200)


def heic(*images: Image.Image, exif: Image.Exif | None = None, **options: Any) -> bytes:
    """Pictures as a file by the encoder that others use; an orientation in the EXIF is written into the container."""
    file = pillow_heif.HeifFile()
    for image in images:
        added = file.add_frombytes(image.mode, image.size, image.tobytes())
        added.info.update(
            {name: image.info[name] for name in ("icc_profile", "icc_profile_type") if name in image.info}
        )
    out = io.BytesIO()
    told = {"exif": exif.tobytes()} if exif else {}
    file.save(out, **{"quality": 95, "chroma": 444, **told, **options})
    return out.getvalue()


def turned(orientation: int) -> bytes:
    """The quarters as a camera that is held some way stores them: in the EXIF and in the container alike."""
    turn, exif = TURNED[orientation], Image.Exif()
    exif[0x0112] = orientation
    return heic(quarters() if turn is None else quarters().transpose(turn), exif=exif)


class HeicPictures:
    """Suite for transformers; a subclass brings the fixtures `transformer` and `frugal`."""

    reads_alpha: ClassVar[bool] = True

    async def test_its_bytes_tell_what_it_is(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = heic(quarters())
        assert sniff(content[:SNIFF_BYTES]).mime == HEIC
        facts = await probed(transformer, content, HEIC, tmp_path)
        assert (facts.width, facts.height, facts.frames, facts.has_alpha) == (400, 300, 1, False)

    @pytest.mark.parametrize("orientation", range(1, 9))
    async def test_it_stands_upright_once(
        self, transformer: ImageTransformer, orientation: int, tmp_path: Path
    ) -> None:
        content = turned(orientation)
        facts, header = await probed(transformer, content, HEIC, tmp_path), read_header(content, complete=True)
        assert header is not None
        assert (facts.width, facts.height) == header.upright == (400, 300)
        image = await one(transformer, content, HEIC, SMALL, tmp_path)
        assert image.size == (200, 150)
        assert is_upright(image)

    @pytest.mark.parametrize("size", [(64, 64), (401, 299), (65, 1000), (2, 3)])
    async def test_odd_sizes(self, transformer: ImageTransformer, size: tuple[int, int], tmp_path: Path) -> None:
        content = heic(noise(size))
        image = await one(transformer, content, HEIC, VariantSpec(ImageFormat.PNG), tmp_path)
        facts, header = await probed(transformer, content, HEIC, tmp_path), read_header(content, complete=True)
        assert header is not None
        assert image.size == (facts.width, facts.height) == header.upright == size

    async def test_all_formats_from_one_decode(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        answers = await rendered(transformer, heic(quarters()), HEIC, FOUR, tmp_path)
        for order in FOUR:
            answer = answers[order.name]
            assert isinstance(answer, Rendered), answer
            assert answer.format is order.spec.format

    async def test_what_keeps_its_format_becomes_a_jpeg(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        image = await one(transformer, heic(quarters()), HEIC, VariantSpec(width=100), tmp_path)
        assert (image.format, image.size) == ("JPEG", (100, 75))

    async def test_colours(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        image = await one(transformer, heic(quarters()), HEIC, SMALL, tmp_path)
        assert is_upright(image)

    async def test_a_wide_colour_space_lands_in_srgb(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        source, profile = quarters(), display_p3()
        ours, theirs = ImageCms.createProfile("sRGB"), ImageCms.ImageCmsProfile(io.BytesIO(profile))
        expected = ImageCms.profileToProfile(source, theirs, ours)
        assert expected is not None
        source.info |= {"icc_profile": profile, "icc_profile_type": "prof"}
        content = heic(source)
        assert b"prof" in content
        image = await one(transformer, content, HEIC, SMALL, tmp_path)
        assert "icc_profile" not in image.info
        for found, wanted in zip(corner_colours(image), corner_colours(expected), strict=True):
            assert close(found, wanted, 12)

    @pytest.mark.parametrize("mode", ["L", "RGB;16", "I;16"])
    async def test_few_and_many_bits_land_in_eight(
        self, transformer: ImageTransformer, mode: str, tmp_path: Path
    ) -> None:
        bands, deep = (3 if mode.startswith("RGB") else 1), mode.endswith("16")
        row = b"".join(bytes([0, level] if deep else [level]) * bands for level in (40, 200) for _ in range(32))
        file = pillow_heif.from_bytes(mode, (64, 64), row * 64)
        out = io.BytesIO()
        file.save(out, quality=-1, chroma=444)
        image = await one(transformer, out.getvalue(), HEIC, VariantSpec(ImageFormat.PNG), tmp_path)
        assert image.mode in {"L", "RGB", "P"}
        plain = image.convert("RGB")
        assert close(pixel(plain, 8, 32), (40, 40, 40), 6)
        assert close(pixel(plain, 56, 32), (200, 200, 200), 6)

    async def test_transparency(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = heic(half_and_half())
        assert (await probed(transformer, content, HEIC, tmp_path)).has_alpha is self.reads_alpha
        image = (await one(transformer, content, HEIC, VariantSpec(ImageFormat.PNG), tmp_path)).convert("RGBA")
        assert pixel(image, 20, 80)[3] == (0 if self.reads_alpha else 255)
        assert close(pixel(image, 180, 80), (*RED, 255))

    async def test_only_the_picture_that_is_meant(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = heic(Image.new("RGB", (80, 60), BLUE), Image.new("RGB", (160, 90), RED), primary_index=1)
        facts = await probed(transformer, content, HEIC, tmp_path)
        assert (facts.width, facts.height, facts.frames) == (160, 90, 1)
        image = await one(transformer, content, HEIC, VariantSpec(ImageFormat.PNG), tmp_path)
        assert image.size == (160, 90)
        assert close(pixel(image.convert("RGB"), 80, 45), RED)

    async def test_nothing_of_its_metadata_survives(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET</x:xmpmeta>"
        content = heic(quarters(), exif=taken_somewhere(), xmp=xmp)
        assert content.count(b"SECRET") >= 2
        for answer in (await rendered(transformer, content, HEIC, FOUR, tmp_path)).values():
            assert isinstance(answer, Rendered), answer
            assert b"SECRET" not in answer.path.read_bytes()
            assert not opened(answer.path).getexif()

    async def test_the_camera_is_kept_where_asked_but_never_the_place(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        exif = taken_somewhere()
        exif[0x0112] = 6
        orders = [Order("jpeg", VariantSpec(ImageFormat.JPEG, 100)), Order("webp", VariantSpec(ImageFormat.WEBP, 100))]
        content = heic(quarters().transpose(Image.Transpose.ROTATE_90), exif=exif)
        _, answers = await answered(transformer, content, HEIC, orders, tmp_path, keep_camera=True)
        for answer in answers.values():
            assert isinstance(answer, Rendered), answer
            told = camera_in(answer.path)
            assert told.items() >= CAMERA.items()
            assert told["orientation"] == 1
            assert "gps" not in told
            assert b"SECRET" not in answer.path.read_bytes()
            assert is_upright(opened(answer.path))

    @pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.95])
    async def test_what_is_cut_off_is_refused(self, transformer: ImageTransformer, part: float, tmp_path: Path) -> None:
        content = heic(noise())
        with pytest.raises(UnreadableImage):
            await rendered(transformer, content[: int(len(content) * part)], HEIC, FOUR, tmp_path)

    async def test_one_that_is_too_big_is_known_by_its_header(self, frugal: ImageTransformer, tmp_path: Path) -> None:
        content = heic(Image.new("RGB", (1100, 1000)))
        with pytest.raises(ImageTooBig):
            await probed(frugal, content, HEIC, tmp_path)
        with pytest.raises(ImageTooBig):
            await rendered(frugal, content, HEIC, FOUR, tmp_path)

    async def test_one_that_lies_about_its_size_is_refused_or_shown_in_the_size_it_tells(
        self, frugal: ImageTransformer, tmp_path: Path
    ) -> None:
        content = heic(quarters((1100, 1000)))
        honest = b"ispe" + bytes(4) + (1100).to_bytes(4, "big") + (1000).to_bytes(4, "big")
        assert honest in content
        liar = content.replace(honest, honest[:8] + (110).to_bytes(4, "big") + (100).to_bytes(4, "big"))
        try:
            answers = await rendered(frugal, liar, HEIC, FOUR, tmp_path)
        except (UnreadableImage, ImageTooBig):
            return
        for answer in answers.values():
            assert isinstance(answer, NotRendered) or max(answer.width, answer.height) <= 110

    async def test_another_type_in_its_clothes_is_refused(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        for content in (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400), b"\xff\xd8\xff\xe0" + bytes(400)):
            with pytest.raises(UnreadableImage):
                await probed(transformer, content, HEIC, tmp_path)
