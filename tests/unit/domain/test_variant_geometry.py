"""How large a variant becomes: a table of what people expect, and what holds for any numbers."""

from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from domain.image_headers.budget import DecodeLimits
from domain.rendering import plan_rendering
from domain.variants import Fit, Geometry, Gravity, ImageFormat, VariantSpec, target_geometry
from tests.tables import over_rows

SIDES = st.integers(1, 30_000)
MAYBE = st.none() | SIDES
SIZES = st.tuples(SIDES, SIDES)
LIMITS = DecodeLimits()


@over_rows(
    ("source", "spec", "expected"),
    [
        ((4000, 3000), VariantSpec(), (4000, 3000)),
        ((4000, 3000), VariantSpec(width=800), (800, 600)),
        ((4000, 3000), VariantSpec(height=600), (800, 600)),
        ((4000, 3000), VariantSpec(width=800, height=800), (800, 600)),
        ((3000, 4000), VariantSpec(width=800, height=800), (600, 800)),
        ((4000, 2250), VariantSpec(width=947), (947, 533)),
        ((400, 300), VariantSpec(width=800), (400, 300)),
        ((400, 300), VariantSpec(width=800, enlarge=True), (800, 600)),
        ((4000, 3000), VariantSpec(max_width=1000), (1000, 750)),
        ((4000, 3000), VariantSpec(max_width=1000, max_height=300), (400, 300)),
        ((400, 300), VariantSpec(max_width=1000, enlarge=True), (400, 300)),
        ((4000, 3000), VariantSpec(width=2000, max_height=300), (400, 300)),
        ((4000, 3000), VariantSpec(width=150, height=150, fit=Fit.COVER), (150, 150)),
        ((4000, 3000), VariantSpec(width=1600, height=400, fit=Fit.COVER), (1600, 400)),
        ((400, 300), VariantSpec(width=800, height=800, fit=Fit.COVER), (300, 300)),
        ((400, 300), VariantSpec(width=800, height=400, fit=Fit.COVER), (400, 200)),
        ((400, 300), VariantSpec(width=800, height=800, fit=Fit.COVER, enlarge=True), (800, 800)),
        ((4000, 3000), VariantSpec(width=800, height=800, max_width=200, fit=Fit.COVER), (200, 200)),
        ((4000, 3000), VariantSpec(width=200, fit=Fit.COVER), (200, 150)),
        ((4000, 3000), VariantSpec(width=500, height=100, fit=Fit.FILL), (500, 100)),
        ((40, 30), VariantSpec(width=500, height=100, fit=Fit.FILL), (500, 100)),
        ((4000, 3000), VariantSpec(height=150, fit=Fit.FILL), (200, 150)),
        ((30_000, 1), VariantSpec(width=100), (100, 1)),
        ((1, 30_000), VariantSpec(width=10, height=10, fit=Fit.COVER), (1, 1)),
    ],
)
def test_what_people_expect(source: tuple[int, int], spec: VariantSpec, expected: tuple[int, int]) -> None:
    assert target_geometry(spec, *source).final == expected


@given(SIZES, st.builds(VariantSpec, width=MAYBE, height=MAYBE, enlarge=st.booleans()))
def test_contain_never_exceeds_the_box_and_keeps_the_aspect(source: tuple[int, int], spec: VariantSpec) -> None:
    width, height = target_geometry(spec, *source).final
    assert width <= (spec.width or width)
    assert height <= (spec.height or height)
    assert keeps_aspect(source, (width, height))


@given(SIZES, SIZES)
def test_contain_touches_the_box_when_it_may_enlarge(source: tuple[int, int], box: tuple[int, int]) -> None:
    width, height = target_geometry(VariantSpec(width=box[0], height=box[1], enlarge=True), *source).final
    assert width == box[0] or height == box[1]


@given(SIZES, SIDES, st.booleans())
def test_one_side_alone_is_met_and_keeps_the_aspect(source: tuple[int, int], side: int, upright: bool) -> None:
    spec = VariantSpec(height=side, enlarge=True) if upright else VariantSpec(width=side, enlarge=True)
    final = target_geometry(spec, *source).final
    assert final[upright] == side
    assert keeps_aspect(source, final)


@given(SIZES, SIZES, st.booleans())
def test_cover_fills_exactly_the_box(source: tuple[int, int], box: tuple[int, int], enlarge: bool) -> None:
    assume(enlarge or (source[0] >= box[0] and source[1] >= box[1]))
    geometry = target_geometry(VariantSpec(width=box[0], height=box[1], fit=Fit.COVER, enlarge=enlarge), *source)
    assert geometry.final == box
    assert keeps_aspect(source, geometry.scaled)
    # No more is cut away than must be: one side fits exactly.
    assert geometry.scaled[0] == box[0] or geometry.scaled[1] == box[1]


@given(SIZES, SIZES)
def test_cover_of_a_small_source_is_the_largest_part_of_the_box_shape(
    source: tuple[int, int], box: tuple[int, int]
) -> None:
    assume(source[0] < box[0] or source[1] < box[1])
    geometry = target_geometry(VariantSpec(width=box[0], height=box[1], fit=Fit.COVER), *source)
    assert geometry.scaled == source
    assert geometry.final[0] == source[0] or geometry.final[1] == source[1]
    assert keeps_aspect(box, geometry.final)


@given(SIZES, SIZES, MAYBE, MAYBE, st.booleans())
def test_fill_is_always_exactly_the_box(
    source: tuple[int, int], box: tuple[int, int], most_w: int | None, most_h: int | None, enlarge: bool
) -> None:
    spec = VariantSpec(width=box[0], height=box[1], max_width=most_w, max_height=most_h, fit=Fit.FILL, enlarge=enlarge)
    assert target_geometry(spec, *source) == Geometry(box, box)


ANY_SPEC = st.builds(
    VariantSpec,
    width=MAYBE,
    height=MAYBE,
    max_width=MAYBE,
    max_height=MAYBE,
    fit=st.sampled_from(Fit),
    gravity=st.sampled_from(Gravity),
    enlarge=st.booleans(),
)


@given(SIZES, ANY_SPEC)
def test_whatever_is_asked_the_sizes_can_be_made(source: tuple[int, int], spec: VariantSpec) -> None:
    geometry = target_geometry(spec, *source)
    assert min(geometry.final) >= 1
    assert geometry.scaled[0] >= geometry.final[0]
    assert geometry.scaled[1] >= geometry.final[1]
    left, top = geometry.crop_offset(spec.gravity)
    assert 0 <= left <= geometry.scaled[0] - geometry.final[0]
    assert 0 <= top <= geometry.scaled[1] - geometry.final[1]


@given(SIZES, ANY_SPEC)
def test_nothing_is_enlarged_unasked_and_the_caps_hold(source: tuple[int, int], spec: VariantSpec) -> None:
    assume(not (spec.fit is Fit.FILL and spec.width and spec.height))
    width, height = target_geometry(spec, *source).final
    if not spec.enlarge:
        assert width <= source[0]
        assert height <= source[1]
    assert width <= (spec.max_width or width)
    assert height <= (spec.max_height or height)


@over_rows(
    ("gravity", "offset"),
    [
        (Gravity.CENTRE, (50, 10)),
        (Gravity.NORTH, (50, 0)),
        (Gravity.NORTH_EAST, (100, 0)),
        (Gravity.EAST, (100, 10)),
        (Gravity.SOUTH_EAST, (100, 20)),
        (Gravity.SOUTH, (50, 20)),
        (Gravity.SOUTH_WEST, (0, 20)),
        (Gravity.WEST, (0, 10)),
        (Gravity.NORTH_WEST, (0, 0)),
    ],
)
def test_gravity_says_which_part_stays(gravity: Gravity, offset: tuple[int, int]) -> None:
    assert Geometry((200, 60), (100, 40)).crop_offset(gravity) == offset


def test_a_side_beyond_the_format_is_an_obstacle_for_that_format_alone() -> None:
    size = (20_000, 100)
    obstacles = {
        image_format: plan_rendering(VariantSpec(image_format), "image/png", size, 1, LIMITS).obstacle
        for image_format in (ImageFormat.WEBP, ImageFormat.AVIF, ImageFormat.JPEG, ImageFormat.PNG)
    }
    assert obstacles[ImageFormat.JPEG] is obstacles[ImageFormat.PNG] is None
    assert "16383" in str(obstacles[ImageFormat.WEBP])
    assert "16384" in str(obstacles[ImageFormat.AVIF])


def test_enlarging_beyond_the_pixel_budget_is_an_obstacle_even_if_most_is_cut_away() -> None:
    spec = VariantSpec(ImageFormat.PNG, 1000, 1000, fit=Fit.COVER, enlarge=True)
    assert plan_rendering(spec, "image/png", (1, 30_000), 1, LIMITS).obstacle is not None


@over_rows(
    ("image_format", "frames", "animated"),
    [
        (ImageFormat.WEBP, 10, True),
        (ImageFormat.ORIGINAL, 10, True),
        (ImageFormat.WEBP, 1, False),
        (ImageFormat.PNG, 10, False),
        (ImageFormat.AVIF, 10, False),
        (ImageFormat.WEBP, 101, False),
    ],
)
def test_a_film_stays_one_where_the_format_and_the_budget_allow(
    image_format: ImageFormat, frames: int, animated: bool
) -> None:
    rendering = plan_rendering(VariantSpec(image_format), "image/gif", (1000, 1000), frames, LIMITS)
    assert rendering.animated is animated


def keeps_aspect(source: tuple[int, int], final: tuple[int, int]) -> bool:
    """Whether some scale rounds the source to this size; a side never vanishes."""
    width, height = (
        (Fraction(2 * side - 1, 2 * own) if side > 1 else Fraction(0), Fraction(2 * side + 1, 2 * own))
        for side, own in zip(final, source, strict=True)
    )
    slack = Fraction(1, 10**6)
    return max(width[0], height[0]) <= min(width[1], height[1]) + slack
