"""Thumbhashes, drawn again by an independent hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain.dominant_colour import NOTHING_TO_SEE, dominant_colour
from domain.thumbhash import thumbhash
from tests.tables import over_rows
from tests.unit.contracts.drawn import RED, close, drawn_thumbhash, half_and_half, pixel


def redrawn(image: Image.Image) -> Image.Image:
    return drawn_thumbhash(thumbhash(*image.size, image.convert("RGBA").tobytes()))


@over_rows("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (90, 140, 60)])
def test_one_colour_stays_that_colour(colour: tuple[int, int, int]) -> None:
    image = redrawn(Image.new("RGB", (32, 32), colour))
    assert image.size == (32, 32)
    assert all(close(pixel(image, *place), (*colour, 255), 12) for place in ((0, 0), (31, 0), (16, 16), (31, 31)))


def test_a_gradient_keeps_its_direction() -> None:
    downwards = Image.linear_gradient("L").resize((32, 32))
    across = downwards.transpose(Image.Transpose.ROTATE_90)
    falling, rising = redrawn(downwards), redrawn(across)
    for image, low, high, sides in (
        (falling, (16, 2), (16, 29), ((2, 16), (29, 16))),
        (rising, (2, 16), (29, 16), ((16, 2), (16, 29))),
    ):
        assert pixel(image, *low)[0] < 60
        assert pixel(image, *high)[0] > 190
        left, right = (pixel(image, *side)[0] for side in sides)
        assert abs(left - right) < 24


@pytest.mark.parametrize("size", [(32, 20), (20, 32), (32, 5)])
def test_the_shape_is_kept_roughly(size: tuple[int, int]) -> None:
    width, height = redrawn(Image.new("RGB", size, RED)).size
    assert max(width, height) == 32
    assert width / height == pytest.approx(size[0] / size[1], rel=0.25)


def test_transparency_is_kept() -> None:
    image = redrawn(half_and_half((32, 32)))
    assert pixel(image, 4, 16)[3] < 40
    assert close(pixel(image, 27, 16), (*RED, 255), 40)


def test_the_hash_is_the_one_the_format_asks_for() -> None:
    """The value that the format's own implementation gives."""
    places = ((x, y) for y in range(24) for x in range(32))
    rgba = b"".join(
        bytes(((x * 37 + y * 11) % 256, (x * 5 + y * 53) % 256, (x * x + y * 7) % 256, 255)) for x, y in places
    )
    assert thumbhash(32, 24, rgba).hex() == "1ff80515824543a70254997586667577edfe78b90f"


@given(st.data(), st.integers(1, 33), st.integers(1, 33))
def test_any_pixels_have_a_short_hash_and_a_colour(data: st.DataObject, width: int, height: int) -> None:
    four = data.draw(st.binary(min_size=4, max_size=64))
    rgba = (four * (width * height))[: 4 * width * height]
    assert 5 < len(thumbhash(width, height, rgba)) <= 27
    colour = dominant_colour(rgba)
    assert len(colour) == 7
    assert int(colour[1:], 16) >= 0


def test_the_dominant_colour_is_that_of_most() -> None:
    red, blue, clear = bytes((*RED, 255)), bytes((0, 0, 255, 255)), bytes((0, 255, 0, 0))
    assert dominant_colour(red * 6 + blue * 5 + clear * 20) == "#c81e1e"
    assert dominant_colour(clear * 9) == NOTHING_TO_SEE
