"""What every ImageTransformer promises: the promises that a header can keep, and those about pixels."""

import asyncio
import io
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image, ImageChops, ImageCms, PngImagePlugin

from application.ports.image_transformer import Glimpse, ImageTransformer, NotRendered, Order, PictureFacts, Rendered
from domain.exif import read_exif
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.variants import EXTENSIONS, Fit, Gravity, ImageFormat, VariantSpec
from tests.unit.contracts.drawn import (
    BLUE,
    GREEN,
    RED,
    WRITERS,
    YELLOW,
    Colour,
    close,
    corner_colours,
    display_p3,
    drawn_thumbhash,
    encoded,
    endless_film,
    film,
    half_and_half,
    noise,
    opened,
    oriented,
    pixel,
    png_claiming,
    quarters,
)

PNG = ImageFormat.PNG
RECIPES = {
    "as it is": (VariantSpec(PNG), (400, 300)),
    "one side": (VariantSpec(PNG, width=133), (133, 100)),
    "contain": (VariantSpec(PNG, 100, 100), (100, 75)),
    "not larger": (VariantSpec(PNG, 1000, 1000), (400, 300)),
    "larger": (VariantSpec(PNG, width=1000, enlarge=True), (1000, 750)),
    "cap": (VariantSpec(PNG, max_width=50), (50, 38)),
    "cover": (VariantSpec(PNG, 100, 100, fit=Fit.COVER), (100, 100)),
    "cover, wide": (VariantSpec(PNG, 399, 20, fit=Fit.COVER), (399, 20)),
    "cover, too small": (VariantSpec(PNG, 800, 800, fit=Fit.COVER), (300, 300)),
    "cover, lively": (VariantSpec(PNG, 90, 160, fit=Fit.COVER, gravity=Gravity.ATTENTION), (90, 160)),
    "cover, busy": (VariantSpec(PNG, 160, 90, fit=Fit.COVER, gravity=Gravity.ENTROPY), (160, 90)),
    "fill": (VariantSpec(PNG, 77, 311, fit=Fit.FILL), (77, 311)),
    "fill, larger": (VariantSpec(PNG, 500, 20, fit=Fit.FILL), (500, 20)),
    "tiny": (VariantSpec(PNG, width=1), (1, 1)),
}
FOUR = (
    Order("thumb", VariantSpec(ImageFormat.WEBP, 50, 50, fit=Fit.COVER)),
    Order("medium", VariantSpec(ImageFormat.WEBP, 200, 200)),
    Order("large", VariantSpec(ImageFormat.JPEG, 320, 320)),
    Order("hero", VariantSpec(ImageFormat.AVIF, 320, 320)),
)
MIME_TYPES = tuple(WRITERS)


async def answered(
    transformer: ImageTransformer,
    content: bytes,
    mime_type: str,
    orders: Sequence[Order],
    folder: Path,
    *,
    keep_camera: bool = False,
) -> tuple[Glimpse, dict[str, Rendered | NotRendered]]:
    """Everything answered, by name; a name answered twice fails, and so does a second glimpse."""
    # A name of its own each time: a file rewritten while a decoder has it mapped kills the decoder.
    name = uuid4().hex
    source, into = folder / f"{name}.upload", folder / f"{name}.out"
    source.write_bytes(content)
    into.mkdir()
    stream = transformer.render(source, mime_type, orders, into, keep_camera=keep_camera)
    answers = [answer async for answer in stream]
    (glimpse,) = [answer for answer in answers if isinstance(answer, Glimpse)]
    by_name = {answer.name: answer for answer in answers if not isinstance(answer, Glimpse)}
    assert len(by_name) == len(answers) - 1 == len(orders)
    return glimpse, by_name


async def rendered(
    transformer: ImageTransformer, content: bytes, mime_type: str, orders: Sequence[Order], folder: Path
) -> dict[str, Rendered | NotRendered]:
    """The variants alone."""
    return (await answered(transformer, content, mime_type, orders, folder))[1]


async def glimpsed(transformer: ImageTransformer, content: bytes, mime_type: str, folder: Path) -> Glimpse:
    """The glimpse alone, which needs no order."""
    return (await answered(transformer, content, mime_type, [], folder))[0]


async def one(
    transformer: ImageTransformer, content: bytes, mime_type: str, spec: VariantSpec, folder: Path
) -> Image.Image:
    """One variant, opened."""
    answer = (await rendered(transformer, content, mime_type, [Order("only", spec)], folder))["only"]
    assert isinstance(answer, Rendered), answer
    image = opened(answer.path)
    assert image.size == (answer.width, answer.height)
    return image


async def probed(transformer: ImageTransformer, content: bytes, mime_type: str, folder: Path) -> PictureFacts:
    source = folder / "probed.upload"
    source.write_bytes(content)
    return await transformer.probe(source, mime_type)


class ImageTransformerPromises:
    """Sizes, errors and answers: what even a transformer that decodes nothing keeps.

    `frugal` is a transformer of the same kind that takes pictures of at most a million pixels.
    """

    keeps_camera: tuple[ImageFormat, ...] = (PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF)

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    async def test_probe_tells_the_size(self, transformer: ImageTransformer, mime_type: str, tmp_path: Path) -> None:
        facts = await probed(transformer, encoded(quarters(), mime_type), mime_type, tmp_path)
        assert (facts.width, facts.height, facts.frames) == (400, 300, 1)
        assert facts.mime_type == mime_type

    @pytest.mark.parametrize("orientation", range(1, 9))
    async def test_probe_tells_the_size_of_the_upright_picture(
        self, transformer: ImageTransformer, orientation: int, tmp_path: Path
    ) -> None:
        facts = await probed(transformer, oriented(orientation), "image/jpeg", tmp_path)
        assert (facts.width, facts.height) == (400, 300)

    async def test_whose_picture_it_is_changes_nothing_of_it(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        source = tmp_path / "source"
        source.write_bytes(encoded(quarters(), "image/png"))
        first, second = uuid4(), uuid4()
        told = [await transformer.probe(source, "image/png", owner=owner) for owner in (first, second, None, first)]
        assert set(told) == {PictureFacts(400, 300, "image/png", told[0].has_alpha, 1)}
        for owner in (first, second, None):
            stream = transformer.render(source, "image/png", FOUR[:1], tmp_path, owner=owner)
            assert len([answer async for answer in stream]) == 2

    @pytest.mark.parametrize("mime_type", ["image/gif", "image/webp"])
    async def test_probe_counts_frames(self, transformer: ImageTransformer, mime_type: str, tmp_path: Path) -> None:
        facts = await probed(transformer, film(mime_type), mime_type, tmp_path)
        assert (facts.width, facts.height, facts.frames) == (120, 80, 3)

    @pytest.mark.parametrize("mime_type", ["image/png", "image/webp"])
    @pytest.mark.parametrize("mode", ["RGB", "RGBA"])
    async def test_probe_tells_transparency(
        self, transformer: ImageTransformer, mime_type: str, mode: str, tmp_path: Path
    ) -> None:
        image = Image.new(mode, (20, 20), (10, 20, 30, 40)[: len(mode)])
        facts = await probed(transformer, encoded(image, mime_type), mime_type, tmp_path)
        assert facts.has_alpha is (mode == "RGBA")

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    async def test_sizes_are_exact(self, transformer: ImageTransformer, mime_type: str, tmp_path: Path) -> None:
        orders = [Order(name, spec) for name, (spec, _) in RECIPES.items()]
        answers = await rendered(transformer, encoded(quarters(), mime_type), mime_type, orders, tmp_path)
        for name, (_, size) in RECIPES.items():
            answer = answers[name]
            assert isinstance(answer, Rendered), answer
            assert (answer.width, answer.height) == size, name
            assert opened(answer.path).size == size, name

    async def test_each_order_is_answered_once_with_a_whole_file(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        answers = await rendered(transformer, encoded(quarters(), "image/jpeg"), "image/jpeg", FOUR, tmp_path)
        paths = set()
        for order in FOUR:
            answer = answers[order.name]
            assert isinstance(answer, Rendered), answer
            assert answer.format is order.spec.format
            assert answer.path.suffix == f".{EXTENSIONS[answer.format]}"
            assert answer.size == answer.path.stat().st_size > 0
            assert answer.path.parent.parent == tmp_path
            opened(answer.path)
            paths.add(answer.path)
        assert len(paths) == len(FOUR)

    async def test_a_file_is_whole_when_it_is_told(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(encoded(noise((1200, 900)), "image/jpeg"))
        async for answer in transformer.render(source, "image/jpeg", FOUR, tmp_path):
            if isinstance(answer, Glimpse):
                continue
            assert isinstance(answer, Rendered)
            before = answer.path.read_bytes()
            opened(answer.path)
            await asyncio.sleep(0.02)
            assert answer.path.read_bytes() == before

    async def test_the_same_twice_gives_the_same_bytes(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = encoded(noise(), "image/jpeg")
        first, second = [
            {
                name: answer.path.read_bytes()
                for name, answer in (await rendered(transformer, content, "image/jpeg", FOUR, tmp_path)).items()
                if isinstance(answer, Rendered)
            }
            for _ in range(2)
        ]
        assert first == second
        assert len(first) == len(FOUR)

    @pytest.mark.parametrize(
        ("mime_type", "expected"),
        [
            ("image/jpeg", ImageFormat.JPEG),
            ("image/png", ImageFormat.PNG),
            ("image/webp", ImageFormat.WEBP),
            ("image/gif", ImageFormat.WEBP),
            ("image/tiff", ImageFormat.PNG),
            ("image/avif", ImageFormat.AVIF),
        ],
    )
    async def test_original_keeps_the_format_where_it_is_written(
        self, transformer: ImageTransformer, mime_type: str, expected: ImageFormat, tmp_path: Path
    ) -> None:
        orders = [Order("same", VariantSpec(width=40))]
        answer = (await rendered(transformer, encoded(quarters(), mime_type), mime_type, orders, tmp_path))["same"]
        assert isinstance(answer, Rendered)
        assert answer.format is expected

    async def test_a_size_the_format_cannot_hold_is_refused_and_the_others_are_made(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        content = encoded(Image.new("L", (16_500, 2)), "image/png")
        orders = [
            Order("webp", VariantSpec(ImageFormat.WEBP)),
            Order("avif", VariantSpec(ImageFormat.AVIF)),
            Order("png", VariantSpec(ImageFormat.PNG)),
            Order("small", VariantSpec(ImageFormat.WEBP, width=1650)),
        ]
        answers = await rendered(transformer, content, "image/png", orders, tmp_path)
        webp, avif, png, small = (answers[order.name] for order in orders)
        assert isinstance(webp, NotRendered)
        assert "16383" in webp.reason
        assert isinstance(avif, NotRendered)
        assert "16384" in avif.reason
        assert isinstance(png, Rendered)
        assert isinstance(small, Rendered)

    async def test_enlarging_beyond_the_budget_is_refused_for_that_variant_alone(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        orders = [Order("huge", VariantSpec(PNG, width=60_000, enlarge=True)), Order("small", VariantSpec(PNG, 10))]
        answers = await rendered(transformer, encoded(quarters(), "image/png"), "image/png", orders, tmp_path)
        assert isinstance(answers["huge"], NotRendered)
        assert isinstance(answers["small"], Rendered)

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    @pytest.mark.parametrize("orders", [(), FOUR], ids=["nothing ordered", "four ordered"])
    async def test_a_glimpse_comes_with_every_render(
        self, transformer: ImageTransformer, mime_type: str, orders: Sequence[Order], tmp_path: Path
    ) -> None:
        glimpse, _ = await answered(transformer, encoded(quarters(), mime_type), mime_type, orders, tmp_path)
        assert 5 < len(b64decode(glimpse.thumbhash, validate=True)) <= 25
        assert re.fullmatch("#[0-9a-f]{6}", glimpse.colour)

    async def test_a_glimpse_comes_where_no_variant_can_be_made(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        orders = [Order("huge", VariantSpec(PNG, width=60_000, enlarge=True))]
        glimpse, answers = await answered(transformer, encoded(quarters(), "image/png"), "image/png", orders, tmp_path)
        assert glimpse.thumbhash
        assert isinstance(answers["huge"], NotRendered)

    @pytest.mark.parametrize("size", [(1, 1), (400, 1), (1, 400), (33, 32)])
    async def test_a_glimpse_of_any_shape(
        self, transformer: ImageTransformer, size: tuple[int, int], tmp_path: Path
    ) -> None:
        assert await glimpsed(transformer, encoded(Image.new("RGB", size), "image/png"), "image/png", tmp_path)

    async def test_all_variants_together_have_a_budget_and_the_cheap_come_first(
        self, frugal: ImageTransformer, tmp_path: Path
    ) -> None:
        pixel = encoded(Image.new("L", (1, 1)), "image/png")
        huge = [Order(f"huge-{n}", VariantSpec(ImageFormat.AVIF, width=900, enlarge=True)) for n in range(63)]
        assert len(pixel) < 80
        for _ in range(2):
            answers = await rendered(frugal, pixel, "image/png", [*huge, Order("small", VariantSpec(PNG))], tmp_path)
            made = {name for name, answer in answers.items() if isinstance(answer, Rendered)}
            assert made == {"huge-0", "huge-1", "small"}
            refused = answers["huge-2"]
            assert isinstance(refused, NotRendered)
            assert "2,000,000 pixels" in refused.reason

    async def test_the_frames_of_a_film_count_in_the_budget(self, frugal: ImageTransformer, tmp_path: Path) -> None:
        films = [Order(f"film-{n}", VariantSpec(ImageFormat.WEBP, width=600, enlarge=True)) for n in range(4)]
        answers = await rendered(frugal, film("image/gif"), "image/gif", films, tmp_path)
        # 600 x 400 x 3 are 720,000.
        assert [isinstance(answers[order.name], Rendered) for order in films] == [True, True, False, False]

    @pytest.mark.parametrize("mime_type", ["image/jpeg", "image/png", "image/webp"])
    async def test_the_camera_is_kept_where_asked_but_never_the_place(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        content = encoded(quarters(), mime_type, exif=taken_somewhere())
        orders = [Order(kind.value, VariantSpec(kind, width=100)) for kind in self.keeps_camera]
        _, answers = await answered(transformer, content, mime_type, orders, tmp_path, keep_camera=True)
        for answer in answers.values():
            assert isinstance(answer, Rendered), answer
            told = camera_in(answer.path)
            assert told.items() >= CAMERA.items(), answer.name
            assert told["orientation"] == 1
            assert "gps" not in told
            assert b"SECRET" not in answer.path.read_bytes()
            assert not opened(answer.path).getexif().get_ifd(0x8825)
            assert opened(answer.path).size == (100, 75)

    async def test_the_camera_goes_unless_asked_for(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = encoded(quarters(), "image/jpeg", exif=taken_somewhere())
        orders = [Order(kind.value, VariantSpec(kind, width=100)) for kind in self.keeps_camera]
        for answer in (await rendered(transformer, content, "image/jpeg", orders, tmp_path)).values():
            assert isinstance(answer, Rendered)
            assert not opened(answer.path).getexif()

    async def test_no_camera_is_made_up(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        _, answers = await answered(
            transformer, encoded(quarters(), "image/png"), "image/png", FOUR, tmp_path, keep_camera=True
        )
        assert not any(opened(a.path).getexif() for a in answers.values() if isinstance(a, Rendered))

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    async def test_bytes_of_another_kind_are_unreadable(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        other = "image/png" if mime_type != "image/png" else "image/jpeg"
        for content in (encoded(quarters(), other), b"", b"not a picture at all" * 50):
            with pytest.raises(UnreadableImage):
                await rendered(transformer, content, mime_type, FOUR, tmp_path)
            with pytest.raises(UnreadableImage):
                await probed(transformer, content, mime_type, tmp_path)

    @pytest.mark.parametrize("mime_type", ["image/svg+xml", "application/pdf", "image/bmp", "text/plain", ""])
    async def test_there_is_no_decoder_for_anything_else(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        with pytest.raises(UnreadableImage):
            await rendered(transformer, b'<svg xmlns="http://www.w3.org/2000/svg"/>', mime_type, FOUR, tmp_path)

    @pytest.mark.parametrize("size", [(65_500, 65_500), (31_000, 1), (20_000, 20_000)])
    async def test_a_bomb_is_too_big_by_its_header(
        self, transformer: ImageTransformer, size: tuple[int, int], tmp_path: Path
    ) -> None:
        with pytest.raises(ImageTooBig):
            await probed(transformer, png_claiming(*size), "image/png", tmp_path)
        with pytest.raises(ImageTooBig):
            await rendered(transformer, png_claiming(*size), "image/png", FOUR, tmp_path)

    async def test_awkward_paths_are_only_paths(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        folder = tmp_path / "png:50%d [n=-1]" / "@grüße *"
        folder.mkdir(parents=True)
        answers = await rendered(transformer, encoded(quarters(), "image/jpeg"), "image/jpeg", FOUR, folder)
        assert all(isinstance(answer, Rendered) for answer in answers.values())

    async def test_many_at_once_do_not_mix(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        async def width_kept(width: int) -> bool:
            content = encoded(quarters((width, 100)), "image/png")
            answers = await rendered(transformer, content, "image/png", [Order("w", VariantSpec(PNG))], tmp_path)
            answer = answers["w"]
            return isinstance(answer, Rendered) and opened(answer.path).size == (width, 100)

        assert all(await asyncio.gather(*(width_kept(width) for width in range(101, 113))))


class ImageTransformerPixels:
    """Colours, turns, transparency, films and damage: what takes a decoder."""

    keeps_alpha: tuple[ImageFormat, ...] = (ImageFormat.PNG, ImageFormat.WEBP, ImageFormat.AVIF)

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    @pytest.mark.parametrize("image_format", [PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF])
    async def test_the_picture_is_the_picture(
        self, transformer: ImageTransformer, mime_type: str, image_format: ImageFormat, tmp_path: Path
    ) -> None:
        image = await one(
            transformer, encoded(quarters(), mime_type), mime_type, VariantSpec(image_format, 200), tmp_path
        )
        assert image.format == {"jpeg": "JPEG", "webp": "WEBP", "avif": "AVIF", "png": "PNG"}[image_format.value]
        assert is_upright(image)

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("mime_type", ["image/jpeg", "image/png", "image/webp", "image/tiff"])
    async def test_every_orientation_lands_upright(
        self, transformer: ImageTransformer, orientation: int, mime_type: str, tmp_path: Path
    ) -> None:
        content = oriented(orientation, mime_type)
        image = await one(transformer, content, mime_type, VariantSpec(PNG, 100), tmp_path)
        assert image.size == (100, 75)
        assert is_upright(image)

    @pytest.mark.parametrize(
        ("gravity", "expected"),
        [
            (Gravity.NORTH_WEST, RED),
            (Gravity.NORTH_EAST, GREEN),
            (Gravity.SOUTH_WEST, BLUE),
            (Gravity.SOUTH_EAST, YELLOW),
        ],
    )
    async def test_gravity_says_which_part_stays(
        self, transformer: ImageTransformer, gravity: Gravity, expected: tuple[int, ...], tmp_path: Path
    ) -> None:
        tall, wide = [
            await one(
                transformer,
                encoded(quarters(), "image/png"),
                "image/png",
                VariantSpec(PNG, *size, fit=Fit.COVER, gravity=gravity),
                tmp_path,
            )
            for size in ((20, 150), (200, 30))
        ]
        north, west = "north" in gravity, "west" in gravity
        assert close(pixel(tall.convert("RGB"), 10, 30 if north else 120), expected)
        assert close(pixel(wide.convert("RGB"), 50 if west else 150, 15), expected)

    @pytest.mark.parametrize("gravity", [Gravity.ATTENTION, Gravity.ENTROPY])
    async def test_the_lively_part_stays(self, transformer: ImageTransformer, gravity: Gravity, tmp_path: Path) -> None:
        image = Image.new("RGB", (600, 200), (128, 128, 128))
        image.paste(Image.effect_noise((120, 120), 200).convert("RGB"), (460, 40))
        spec = VariantSpec(PNG, 200, 200, fit=Fit.COVER, gravity=gravity)
        kept = (await one(transformer, encoded(image, "image/png"), "image/png", spec, tmp_path)).convert("L")
        darkest, brightest = kept.getextrema()
        assert isinstance(darkest, int | float)
        assert isinstance(brightest, int | float)
        assert brightest - darkest > 100

    @pytest.mark.parametrize("mime_type", ["image/png", "image/jpeg", "image/avif"])
    async def test_a_wide_colour_space_lands_in_srgb(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        profile = display_p3()
        source = quarters()
        expected = ImageCms.profileToProfile(
            source, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
        assert expected is not None
        assert not close(pixel(expected, 300, 75), GREEN)
        content = encoded(source, mime_type, icc_profile=profile)
        image = await one(transformer, content, mime_type, VariantSpec(PNG, 200), tmp_path)
        for found, wanted in zip(corner_colours(image), corner_colours(expected), strict=True):
            assert close(found, wanted, 4 if mime_type == "image/png" else 12)

    async def test_a_damaged_profile_costs_no_picture(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = encoded(quarters(), "image/jpeg", icc_profile=display_p3()[:200] + bytes(300))
        image = await one(transformer, content, "image/jpeg", VariantSpec(PNG, 200), tmp_path)
        assert is_upright(image)

    async def test_cmyk_lands_in_rgb(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = encoded(quarters(mode="CMYK"), "image/jpeg")
        image = await one(transformer, content, "image/jpeg", VariantSpec(PNG, 200), tmp_path)
        assert image.mode in {"RGB", "P"}
        # Inks without a profile are anybody's guess, but red stays redder than anything.
        for found, wanted in zip(corner_colours(image), (RED, GREEN, BLUE, YELLOW), strict=True):
            assert close(found, wanted, 80)
            assert found.index(max(found)) == wanted.index(max(wanted))

    @pytest.mark.parametrize("mode", ["L", "1", "P", "I;16", "LA", "PA"])
    async def test_few_and_many_bits_land_in_eight(
        self, transformer: ImageTransformer, mode: str, tmp_path: Path
    ) -> None:
        grey = Image.linear_gradient("L").resize((64, 64))
        source = Image.frombytes("I;16", grey.size, b"".join(bytes((v, v)) for v in grey.tobytes()))
        if mode == "PA":
            source = Image.merge("RGBA", (*quarters((64, 64)).split(), grey)).quantize(64)
        elif mode != "I;16":
            source = grey.convert(mode)
        image = await one(transformer, encoded(source, "image/png"), "image/png", VariantSpec(PNG, 32), tmp_path)
        assert image.mode in {"L", "RGB", "RGBA", "LA", "P"} or mode == "1"
        shown, original = image.convert("RGBA"), as_eight_bits(source).convert("RGBA").resize((32, 32))
        if mode != "1":
            for place in ((3, 3), (28, 16), (16, 28)):
                assert close(pixel(shown, *place)[-1:], pixel(original, *place)[-1:], 16)
                assert pixel(original, *place)[-1] < 40 or close(pixel(shown, *place), pixel(original, *place), 16)

    @pytest.mark.parametrize("mime_type", ["image/png", "image/webp"])
    @pytest.mark.parametrize("image_format", [PNG, ImageFormat.WEBP, ImageFormat.AVIF])
    async def test_transparency_is_kept_where_the_format_can(
        self, transformer: ImageTransformer, mime_type: str, image_format: ImageFormat, tmp_path: Path
    ) -> None:
        image = await one(transformer, half_clear(mime_type), mime_type, VariantSpec(image_format, 100), tmp_path)
        shown = image.convert("RGBA")
        if image_format in self.keeps_alpha:
            assert pixel(shown, 20, 40)[3] <= 4
        else:
            assert close(pixel(shown, 20, 40), (255, 255, 255, 255))
        assert close(pixel(shown, 80, 40), (*RED, 255))

    @pytest.mark.parametrize(
        ("background", "expected"), [(None, (255, 255, 255)), ("#00f", (0, 0, 255)), ("#1e90ff", (30, 144, 255))]
    )
    async def test_transparency_lands_on_the_background_where_it_cannot(
        self, transformer: ImageTransformer, background: str | None, expected: tuple[int, ...], tmp_path: Path
    ) -> None:
        spec = VariantSpec(ImageFormat.JPEG, 100, background=background)
        image = await one(transformer, half_clear("image/png"), "image/png", spec, tmp_path)
        assert close(pixel(image.convert("RGB"), 20, 40), expected)
        assert close(pixel(image.convert("RGB"), 80, 40), RED)

    async def test_a_background_asked_for_is_laid_under_any_format(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        spec = VariantSpec(PNG, 100, background="#00ff00")
        image = await one(transformer, half_clear("image/png"), "image/png", spec, tmp_path)
        assert close(pixel(image.convert("RGBA"), 20, 40), (0, 255, 0, 255))

    @pytest.mark.parametrize("mime_type", ["image/gif", "image/webp"])
    @pytest.mark.parametrize("spec", [VariantSpec(width=60), VariantSpec(ImageFormat.WEBP, 40, 40, fit=Fit.COVER)])
    async def test_a_film_stays_a_film(
        self, transformer: ImageTransformer, mime_type: str, spec: VariantSpec, tmp_path: Path
    ) -> None:
        image = await one(transformer, film(mime_type), mime_type, spec, tmp_path)
        assert image.format == "WEBP"
        frames = []
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            image.load()
            frames.append((pixel(image.convert("RGB"), 20, 20), image.info["duration"]))
        assert [duration for _, duration in frames] == [100, 200, 300]
        assert all(close(found, wanted) for (found, _), wanted in zip(frames, (RED, GREEN, BLUE), strict=True))
        assert image.info["loop"] == 0

    @pytest.mark.parametrize("image_format", [PNG, ImageFormat.JPEG, ImageFormat.AVIF])
    async def test_a_film_gives_its_first_frame_to_other_formats(
        self, transformer: ImageTransformer, image_format: ImageFormat, tmp_path: Path
    ) -> None:
        image = await one(transformer, film("image/gif"), "image/gif", VariantSpec(image_format), tmp_path)
        assert getattr(image, "n_frames", 1) == 1
        assert image.size == (120, 80)
        assert close(pixel(image.convert("RGB"), 60, 40), RED)

    @pytest.mark.parametrize("image_format", [PNG, ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF])
    @pytest.mark.parametrize("mime_type", ["image/jpeg", "image/png", "image/webp"])
    async def test_no_metadata_survives(
        self, transformer: ImageTransformer, image_format: ImageFormat, mime_type: str, tmp_path: Path
    ) -> None:
        content = encoded(quarters(), mime_type, **secrets_for(mime_type))
        assert b"SECRET" in content
        orders = [Order("only", VariantSpec(image_format))]
        answer = (await rendered(transformer, content, mime_type, orders, tmp_path))["only"]
        assert isinstance(answer, Rendered)
        assert b"SECRET" not in answer.path.read_bytes()
        image = opened(answer.path)
        assert not image.getexif()
        left = {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp", "photoshop"} & image.info.keys()
        assert not {name for name in left if image.info[name]}
        assert not getattr(image, "text", {})

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    async def test_a_picture_that_ends_early_is_unreadable(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        content = encoded(noise(), mime_type)
        for share in (0.5, 0.9):
            with pytest.raises(UnreadableImage):
                await rendered(transformer, content[: int(len(content) * share)], mime_type, FOUR, tmp_path)

    async def test_a_film_that_ends_early_is_unreadable(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = film("image/gif")
        orders = [Order("film", VariantSpec(ImageFormat.WEBP))]
        for share in (0.5, 0.9):
            with pytest.raises(UnreadableImage):
                await rendered(transformer, content[: int(len(content) * share)], "image/gif", orders, tmp_path)

    async def test_damaged_data_are_unreadable(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = bytearray(encoded(noise(), "image/png"))
        middle = len(content) // 2
        content[middle : middle + 40] = bytes(40)
        with pytest.raises(UnreadableImage):
            await rendered(transformer, bytes(content), "image/png", FOUR, tmp_path)

    async def test_an_unreadable_picture_says_why_and_names_no_path(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        content = encoded(noise(), "image/webp")
        with pytest.raises(UnreadableImage) as caught:
            await rendered(transformer, content[: len(content) // 2], "image/webp", FOUR, tmp_path)
        assert caught.value.detail
        assert str(tmp_path) not in caught.value.detail

    async def test_one_bad_picture_does_not_spoil_the_next(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        good = encoded(noise(), "image/jpeg")

        async def outcome(content: bytes) -> int:
            try:
                return len(await rendered(transformer, content, "image/jpeg", FOUR, tmp_path))
            except UnreadableImage:
                return 0

        contents = [good, good[:-500], good + b"trailing", good[: len(good) // 2]] * 2
        assert await asyncio.gather(*map(outcome, contents)) == [4, 0, 4, 0] * 2

    @pytest.mark.parametrize("mime_type", MIME_TYPES)
    async def test_a_glimpse_shows_the_picture(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        image = quarters()
        image.paste(RED, (0, 0, 260, 300))
        glimpse = await glimpsed(transformer, encoded(image, mime_type), mime_type, tmp_path)
        assert close(tuple(bytes.fromhex(glimpse.colour[1:])), RED)
        drawn = drawn_thumbhash(b64decode(glimpse.thumbhash))
        assert drawn.size == (32, 23)
        assert [likest(pixel(drawn, *place)) for place in ((8, 12), (28, 3), (28, 20))] == [RED, GREEN, YELLOW]

    @pytest.mark.parametrize("orientation", range(1, 9))
    async def test_a_glimpse_is_upright(self, transformer: ImageTransformer, orientation: int, tmp_path: Path) -> None:
        glimpse = await glimpsed(transformer, oriented(orientation), "image/jpeg", tmp_path)
        drawn = drawn_thumbhash(b64decode(glimpse.thumbhash))
        found = [likest(pixel(drawn, x, y)) for y in (4, 20) for x in (5, 27)]
        assert found == [RED, GREEN, BLUE, YELLOW]

    @pytest.mark.parametrize("mime_type", ["image/png", "image/webp"])
    async def test_a_glimpse_keeps_transparency(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        glimpse = await glimpsed(transformer, half_clear(mime_type), mime_type, tmp_path)
        drawn = drawn_thumbhash(b64decode(glimpse.thumbhash))
        assert pixel(drawn, 5, 12)[3] < 40
        assert close(pixel(drawn, 26, 12), (*RED, 255), 40)
        assert close(tuple(bytes.fromhex(glimpse.colour[1:])), RED)

    @pytest.mark.parametrize("mime_type", ["image/gif", "image/webp"])
    async def test_a_glimpse_of_a_film_is_its_first_frame(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        films = [Order("film", VariantSpec(ImageFormat.WEBP))]
        for orders in ([], films, [*films, *FOUR[2:]]):
            glimpse, _ = await answered(transformer, film(mime_type), mime_type, orders, tmp_path)
            assert close(tuple(bytes.fromhex(glimpse.colour[1:])), RED)

    async def test_a_glimpse_barely_depends_on_what_is_ordered(
        self, transformer: ImageTransformer, tmp_path: Path
    ) -> None:
        content = encoded(noise((1200, 900)), "image/jpeg")
        narrow = [Order("narrow", VariantSpec(PNG, 300, 2, fit=Fit.FILL))]
        pictures = []
        for orders in ([], FOUR, narrow):
            glimpse, _ = await answered(transformer, content, "image/jpeg", orders, tmp_path)
            pictures.append(drawn_thumbhash(b64decode(glimpse.thumbhash)).convert("RGB"))
        for other in pictures[1:]:
            assert max(band[1] for band in ImageChops.difference(pictures[0], other).getextrema()) < 24

    async def test_a_film_carries_the_camera_too(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        content = film("image/webp", exif=taken_somewhere())
        orders = [Order("film", VariantSpec(ImageFormat.WEBP, width=60))]
        _, answers = await answered(transformer, content, "image/webp", orders, tmp_path, keep_camera=True)
        answer = answers["film"]
        assert isinstance(answer, Rendered)
        image = opened(answer.path)
        assert image.n_frames == 3  # type: ignore[attr-defined]
        assert camera_in(answer.path).items() >= CAMERA.items()
        assert not image.getexif().get_ifd(0x8825)

    @pytest.mark.parametrize("mime_type", ["image/gif", "image/webp"])
    async def test_a_film_beyond_the_budget_becomes_its_first_frame(
        self, transformer: ImageTransformer, mime_type: str, tmp_path: Path
    ) -> None:
        image = await one(transformer, endless_film(mime_type), mime_type, VariantSpec(ImageFormat.WEBP), tmp_path)
        assert getattr(image, "n_frames", 1) == 1
        assert close(pixel(image.convert("RGB"), 1, 1), RED)

    async def test_quality_and_effort_are_heard(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        orders = [
            Order(f"{image_format.value}-{quality}", VariantSpec(image_format, quality=quality))
            for image_format in (ImageFormat.JPEG, ImageFormat.WEBP, ImageFormat.AVIF)
            for quality in (20, 90)
        ]
        photo = Image.effect_noise((300, 200), 60).convert("RGB")
        answers = await rendered(transformer, encoded(photo, "image/png"), "image/png", orders, tmp_path)
        sizes = {name: answer.size for name, answer in answers.items() if isinstance(answer, Rendered)}
        for image_format in ("jpeg", "webp", "avif"):
            assert sizes[f"{image_format}-20"] * 1.5 < sizes[f"{image_format}-90"]


def likest(found: Colour) -> Colour:
    """Which of the four it is meant to be: a thumbhash keeps colours only roughly."""
    return min((RED, GREEN, BLUE, YELLOW), key=lambda known: sum(abs(found[band] - known[band]) for band in range(3)))


def taken_somewhere() -> Image.Exif:
    """What a phone writes: who made it, when, and where."""
    exif = Image.Exif()
    exif[0x010E], exif[0x010F], exif[0x0110], exif[0x0112] = "SECRET description", "Maker", "Model 7", 1
    exif[0x8769] = {0x9003: "2024:05:06 07:08:09", 0x8827: 400, 0xA431: "SECRET serial"}
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    return exif


CAMERA = {"camera_make": "Maker", "camera_model": "Model 7", "iso": 400, "taken_at": "2024-05-06T07:08:09"}


def camera_in(path: Path) -> Mapping[str, Any]:
    """What a rendered file tells of its camera, as others read it."""
    exif = opened(path).getexif()
    return read_exif(exif.tobytes().removeprefix(b"Exif\0\0"))


def is_upright(image: Image.Image) -> bool:
    """Whether the four quarters are where they were drawn."""
    found = corner_colours(image)
    return all(close(a, b, 16) for a, b in zip(found, (RED, GREEN, BLUE, YELLOW), strict=True))


def half_clear(mime_type: str) -> bytes:
    """As a file that keeps the colour under what is clear."""
    return encoded(half_and_half(), mime_type, **({"exact": True} if mime_type == "image/webp" else {}))


def as_eight_bits(image: Image.Image) -> Image.Image:
    return image if image.mode != "I;16" else Image.frombytes("L", image.size, image.tobytes()[1::2])


def secrets_for(mime_type: str) -> dict[str, object]:
    """EXIF with a place, XMP, a comment and a profile, as far as the type holds them."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    exif[0x8825] = {1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)}
    told: dict[str, object] = {"exif": exif, "icc_profile": display_p3()}
    if mime_type == "image/png":
        text = PngImagePlugin.PngInfo()
        text.add_text("Comment", "SECRET text")
        text.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>SECRET</x:xmpmeta>")
        return told | {"pnginfo": text}
    told["xmp"] = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>SECRET</x:xmpmeta>"
    return told | ({"comment": "SECRET comment"} if mime_type == "image/jpeg" else {})
