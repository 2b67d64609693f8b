"""What every ImageTransformer promises: the promises that a header can keep, and those about pixels."""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from application.ports.image_transformer import ImageTransformer, NotRendered, Order, PictureFacts, Rendered
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.variants import EXTENSIONS, Fit, Gravity, ImageFormat, VariantSpec
from tests.unit.contracts.drawn import (
    BLUE,
    GREEN,
    RED,
    WRITERS,
    YELLOW,
    close,
    corner_colours,
    display_p3,
    encoded,
    film,
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


async def rendered(
    transformer: ImageTransformer, content: bytes, mime_type: str, orders: Sequence[Order], folder: Path
) -> dict[str, Rendered | NotRendered]:
    """Everything answered, by name; a name answered twice fails."""
    # A name of its own each time: a file rewritten while a decoder has it mapped kills the decoder.
    name = uuid4().hex
    source, into = folder / f"{name}.upload", folder / f"{name}.out"
    source.write_bytes(content)
    into.mkdir()
    answers = [answer async for answer in transformer.render(source, mime_type, orders, into)]
    by_name = {answer.name: answer for answer in answers}
    assert len(by_name) == len(answers) == len(orders)
    return by_name


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
    """Sizes, errors and answers: what even a transformer that decodes nothing keeps."""

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

    async def test_a_wide_colour_space_lands_in_srgb(self, transformer: ImageTransformer, tmp_path: Path) -> None:
        profile = display_p3()
        source = quarters()
        expected = ImageCms.profileToProfile(
            source, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
        )
        assert expected is not None
        assert not close(pixel(expected, 300, 75), GREEN)
        content = encoded(source, "image/png", icc_profile=profile)
        image = await one(transformer, content, "image/png", VariantSpec(PNG, 200), tmp_path)
        for found, wanted in zip(corner_colours(image), corner_colours(expected), strict=True):
            assert close(found, wanted, 4)

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


def is_upright(image: Image.Image) -> bool:
    """Whether the four quarters are where they were drawn."""
    found = corner_colours(image)
    return all(close(a, b, 16) for a, b in zip(found, (RED, GREEN, BLUE, YELLOW), strict=True))


def half_clear(mime_type: str) -> bytes:
    """The left half clear with blue hidden under it, the right half red."""
    image = Image.new("RGBA", (200, 160), (*BLUE, 0))
    image.paste((*RED, 255), (100, 0, 200, 160))
    return encoded(image, mime_type, **({"exact": True} if mime_type == "image/webp" else {}))


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
