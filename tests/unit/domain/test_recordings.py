"""What is told of films and sound."""

from dataclasses import replace
from datetime import UTC, datetime

from domain.media import Variant, VariantStatus
from domain.recordings import POSTER_RECIPE, Recording, place_of, poster_of, source_of
from domain.settings import read_settings
from domain.sync import plan_file
from domain.variants import wanted_variants
from tests.tables import over_rows
from tests.unit.contracts.things import media_file, project

HOME = project()


def test_facts_leave_out_what_is_not_known() -> None:
    assert Recording("wav").facts() == {"container": "wav"}
    told = Recording("mp4", 1.5, 4, 3, "h264", taken_at=datetime(2024, 1, 2, tzinfo=UTC), tags={"title": "x"}).facts()
    assert told == {
        "container": "mp4", "video_codec": "h264", "taken_at": "2024-01-02T00:00:00+00:00", "tags": {"title": "x"},
    }  # fmt: skip


@over_rows(
    ("told", "place"),
    [
        ("+48.2082+016.3738/", {"latitude": 48.2082, "longitude": 16.3738}),
        ("-33.8568+151.2153+012.5/", {"latitude": -33.8568, "longitude": 151.2153, "altitude": 12.5}),
        ("+48.2+016.3+1CRSWGS_84/", {"latitude": 48.2, "longitude": 16.3, "altitude": 1.0}),
        ("+98.2+016.3/", None),
        ("+48.2+190.3/", None),
        ("Vienna", None),
        ("", None),
        (None, None),
    ],
)
def test_places_are_read_where_they_make_sense(told: str | None, place: dict[str, float] | None) -> None:
    assert place_of(told) == place


def test_pictures_of_a_film_are_made_of_its_poster_and_never_instead_of_it() -> None:
    film = media_file(HOME.id, key=f"{HOME.slug}-{HOME.id}/files/a.mp4", mime_type="video/mp4", variants=())
    wanted = wanted_variants(read_settings({"variants": {"poster": {}, "small": {"width": 9}}}).variants, "pencil")
    assert (source_of(film), plan_file(film, wanted).changes) == (None, False)
    poster = Variant(film.id, "poster", POSTER_RECIPE, "k", "image/jpeg", VariantStatus.READY, size=1)
    posed = replace(film, variants=(poster,))
    assert poster_of(posed) == poster
    source = source_of(posed)
    assert source is not None
    assert (source.key, source.mime_type) == ("k", "image/jpeg")
    plan = plan_file(posed, wanted)
    assert ([want.name for want in plan.create], plan.replace, plan.drop) == (["small"], (), ())
