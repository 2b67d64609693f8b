"""What a file tells of its making: the names there are, whoever read them, and what is believed of them."""

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from domain.exif_block import LONGEST_TEXT, cleaned

TEXTS = frozenset({"camera_make", "camera_model", "software", "artist", "copyright", "lens"})
MEASURES = frozenset({"exposure", "f_number", "focal_length"})
TAGS = ("title", "artist", "album", "album_artist", "composer", "genre", "date", "track", "copyright", "make", "model")
"""What films and sounds say of themselves in words."""

LONGEST_TAG = 500
OLDEST_YEAR = 1971
"""Cameras that do not know the time say the year in which their count begins: 1904 or 1970."""

_LARGEST = 1 << 31


def believed(told: Mapping[str, Any]) -> dict[str, Any]:
    """Only what has a name and a shape that make sense; everything else is left out without a word."""
    facts: dict[str, Any] = {name: _text(told.get(name), LONGEST_TEXT) for name in TEXTS}
    facts |= {name: _measure(told.get(name)) for name in MEASURES}
    facts["iso"] = _whole(told.get("iso"), _LARGEST)
    facts["orientation"] = _whole(told.get("orientation"), 8)
    facts["taken_at"] = _moment(told.get("taken_at"))
    facts["gps"] = _place(told.get("gps"))
    facts["tags"] = _tags(told.get("tags"))
    return {name: value for name, value in facts.items() if value is not None}


def _text(value: Any, longest: int) -> str | None:
    return cleaned(value, longest) or None if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _measure(value: Any) -> float | None:
    number = _number(value)
    return round(number, 9) or None if number is not None and 0 < number < _LARGEST else None


def _whole(value: Any, most: int) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 1 <= number <= most else None


def _moment(value: Any) -> str | None:
    try:
        moment = datetime.fromisoformat(value)
        moment.utctimetuple()
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.isoformat()


def _place(value: Any) -> dict[str, float] | None:
    if not isinstance(value, Mapping):
        return None
    latitude, longitude = _number(value.get("latitude")), _number(value.get("longitude"))
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    found = {"latitude": round(latitude, 7), "longitude": round(longitude, 7)}
    altitude = _number(value.get("altitude"))
    return found if altitude is None else {**found, "altitude": round(altitude, 3)}


def _tags(value: Any) -> dict[str, str] | None:
    if not isinstance(value, Mapping):
        return None
    found = {name: _text(value.get(name), LONGEST_TAG) for name in TAGS}
    return {name: text for name, text in found.items() if text} or None
