"""What exiftool's answers are called here."""

from typing import Any

from adapters.exiftool.answers import QUESTIONS, facts_of
from tests.tables import over_rows


def test_it_is_asked_by_name_and_for_nothing_else() -> None:
    assert all(question.startswith("-") and not question.startswith("--") for question in QUESTIONS)
    assert "-GPSLatitude#" in QUESTIONS
    assert len(QUESTIONS) == len(set(QUESTIONS))


@over_rows(
    ("told", "mime_type", "facts"),
    [
        ({"Artist": ["A", "B"]}, "image/png", {"artist": "A, B"}),
        ({"By-line": "A", "Rights": "R", "Lens": "L"}, "image/png", {"artist": "A", "copyright": "R", "lens": "L"}),
        ({"ISO": "100 200", "FNumber": "undef", "ExposureTime": "inf"}, "image/jpeg",
         {"iso": 100.0, "exposure": float("inf")}),
        ({"DateTimeOriginal": "2024:05:06 07:08:09"}, "image/jpeg", {"taken_at": "2024-05-06T07:08:09"}),
        ({"DateTimeOriginal": "    :  :     ", "CreateDate": "2024:05:06"}, "image/jpeg",
         {"taken_at": "2024-05-06T00:00:00"}),
        ({"CreateDate": "2024:05:06 07:08:09"}, "video/mp4", {"taken_at": "2024-05-06T07:08:09+00:00"}),
        ({"CreationDate": "2024:05:06 07:08:09+02:00", "CreateDate": "2024:05:06 05:08:09"}, "video/quicktime",
         {"taken_at": "2024-05-06T07:08:09+02:00"}),
        ({"CreateDate": "1904:01:01 00:00:00"}, "video/mp4", {}),
        ({"CreateDate": "0000:00:00 00:00:00"}, "video/mp4", {}),
        ({"Title": True, "TrackNumber": "3 of 12", "Year": "2024"}, "audio/mpeg",
         {"tags": {"title": "true", "track": "3/12", "date": "2024"}}),
        ({"ContentCreateDate": "2024:05:06"}, "audio/mp4", {"tags": {"date": "2024-05-06"}}),
        ({"GPSLatitude": "1.5", "GPSLongitude": "-2.5"}, "video/mp4", {"gps": {"latitude": 1.5, "longitude": -2.5}}),
        ({"GPSLatitude": "1.5", "GPSLongitude": "0"}, "video/mp4", {}),
        ({"GPSLatitude": "", "GPSLongitude": {"a": 1}}, "image/jpeg", {}),
        ({"Error": "File is empty", "SourceFile": "./source"}, "image/jpeg", {}),
    ],
)  # fmt: skip
def test_the_same_under_our_names(told: dict[str, Any], mime_type: str, facts: dict[str, Any]) -> None:
    assert facts_of(told, mime_type) == facts
