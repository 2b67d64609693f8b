"""The plan of a whole render: who is made, in which order, and from what."""

from hypothesis import given
from hypothesis import strategies as st

from domain.image_headers.budget import DecodeLimits
from domain.rendering import PIXELS_FOR_ALL, plan_render
from domain.variants import Fit, ImageFormat, VariantSpec

LIMITS = DecodeLimits(max_pixels=10_000)
SIDES = st.integers(1, 100)
SPECS = st.builds(
    VariantSpec,
    format=st.sampled_from([ImageFormat.PNG, ImageFormat.WEBP]),
    width=SIDES,
    height=SIDES,
    fit=st.sampled_from(Fit),
    enlarge=st.booleans(),
)
WANTED = st.lists(SPECS, max_size=12).map(lambda specs: [(f"v{n}", spec) for n, spec in enumerate(specs)])


@given(WANTED, SIDES, SIDES, st.integers(1, 4))
def test_everybody_is_answered_and_nobody_overspends(
    wanted: list[tuple[str, VariantSpec]], width: int, height: int, frames: int
) -> None:
    plan = plan_render(wanted, "image/gif", (width, height), frames, LIMITS)
    tasks = [*plan.stills, *plan.films]
    refused = dict(plan.refused)
    assert sorted([task.name for task in tasks] + list(refused)) == sorted(name for name, _ in wanted)
    spent = sum(task.pixels for task in tasks)
    assert spent <= PIXELS_FOR_ALL * LIMITS.max_pixels
    areas = [task.scaled[0] * task.scaled[1] for task in plan.stills]
    assert areas == sorted(areas, reverse=True)
    assert plan == plan_render(wanted, "image/gif", (width, height), frames, LIMITS)


@given(WANTED, SIDES, SIDES)
def test_the_base_serves_every_still_and_the_glimpse(
    wanted: list[tuple[str, VariantSpec]], width: int, height: int
) -> None:
    plan = plan_render(wanted, "image/png", (width, height), 1, LIMITS)
    for size in (plan.glimpse, *(task.scaled for task in plan.stills)):
        assert plan.base[0] >= min(size[0], width)
        assert plan.base[1] >= min(size[1], height)
    assert plan.base[0] <= width
    assert plan.base[1] <= height
    assert max(plan.glimpse) <= 32


def test_the_cheap_are_made_first_and_among_equals_the_first() -> None:
    def square(side: int) -> VariantSpec:
        return VariantSpec(ImageFormat.PNG, side, side, fit=Fit.FILL)

    wanted = [("a", square(90)), ("b", square(90)), ("c", square(90)), ("d", square(10)), ("e", square(70))]
    plan = plan_render(wanted, "image/png", (100, 100), 1, LIMITS)
    assert [task.name for task in plan.stills] == ["a", "e", "d"]
    assert [name for name, _ in plan.refused] == ["b", "c"]
    assert all("20,000 pixels" in reason for _, reason in plan.refused)
