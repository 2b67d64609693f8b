"""What exiftool is asked for, and what its answers are called here."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from domain.file_facts import OLDEST_YEAR

# The first of them that is told counts.
_TEXTS = {
    "camera_make": ("Make",),
    "camera_model": ("Model",),
    "software": ("Software", "CreatorTool"),
    "artist": ("Artist", "Creator", "By-line"),
    "copyright": ("Copyright", "Rights", "CopyrightNotice"),
    "lens": ("LensModel", "Lens"),
}
_NUMBERS = {
    "exposure": "ExposureTime",
    "f_number": "FNumber",
    "focal_length": "FocalLength",
    "iso": "ISO",
    "orientation": "Orientation",
}
_TAGS = {
    "title": ("Title", "Name"),
    "artist": ("Artist", "Author"),
    "album": ("Album", "AlbumTitle", "Product"),
    "album_artist": ("AlbumArtist", "Band"),
    "composer": ("Composer",),
    "genre": ("Genre",),
    "date": ("ContentCreateDate", "RecordingTime", "Year", "Date", "DateCreated"),
    "track": ("TrackNumber", "Track"),
    "copyright": ("Copyright", "CopyrightNotice"),
    "make": ("Make",),
    "model": ("Model",),
}
_PICTURE_MOMENTS = (
    *("SubSecDateTimeOriginal", "DateTimeOriginal", "SubSecCreateDate", "CreateDate", "DateTimeCreated"),
    *("SubSecModifyDate", "ModifyDate"),
)
_FILM_MOMENTS = ("CreationDate", "DateTimeOriginal", "CreateDate")
_PLACE = {"latitude": "GPSLatitude", "longitude": "GPSLongitude", "altitude": "GPSAltitude"}
# When a file was changed is when it was made only where a camera said so.
_NARROWED = {"ModifyDate": "EXIF:ModifyDate"}

_ASKED = {
    *(name for names in (*_TEXTS.values(), *_TAGS.values()) for name in names),
    *(*_PICTURE_MOMENTS, *_FILM_MOMENTS, *_NUMBERS.values(), *_PLACE.values()),
}
_AS_NUMBERS = frozenset({*_NUMBERS.values(), *_PLACE.values()})
QUESTIONS = tuple(f"-{_NARROWED.get(name, name)}{'#' if name in _AS_NUMBERS else ''}" for name in sorted(_ASKED))
"""Each by its name; `#` asks for the number itself and not for words about it."""

_DATE = re.compile(r"(\d{4}):(\d\d):(\d\d)(?: (.+))?")
_OF = re.compile(r"(\d+) of (\d+)")


def facts_of(told: Mapping[str, Any], mime_type: str) -> dict[str, Any]:
    """The same under our names: of a picture what its camera wrote, of anything else what it says in words."""
    facts: dict[str, Any] = {"gps": _place(told)}
    if mime_type.startswith("image/"):
        facts |= {name: _first(told, theirs) for name, theirs in _TEXTS.items()}
        facts |= {name: _number(told.get(theirs)) for name, theirs in _NUMBERS.items()}
        facts["taken_at"] = _moment(told, _PICTURE_MOMENTS)
    else:
        tags = {name: _first(told, theirs) for name, theirs in _TAGS.items()}
        facts["tags"] = {name: _as_others_write(text) for name, text in tags.items() if text}
        # Films count in UTC, unless they say otherwise.
        facts["taken_at"] = _moment(told, _FILM_MOMENTS, UTC)
    return {name: value for name, value in facts.items() if value is not None and value != {}}


def _first(told: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    return next((text for name in names if (text := _text(told.get(name)))), None)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(part for part in map(_text, value) if part)
    if isinstance(value, bool):
        return str(value).lower()
    return value.strip() if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    try:
        return float(str(value).split()[0])
    except (ValueError, IndexError):
        return None


def _place(told: Mapping[str, Any]) -> dict[str, float] | None:
    found = {name: _number(told.get(theirs)) for name, theirs in _PLACE.items()}
    # Of half a place that cannot be read exiftool makes a nought.
    if not found["latitude"] or not found["longitude"]:
        return None
    return {name: number for name, number in found.items() if number is not None}


def _moment(told: Mapping[str, Any], names: tuple[str, ...], zone: Any = None) -> str | None:
    for name in names:
        try:
            moment = datetime.fromisoformat(_as_others_write(_text(told.get(name))))
        except ValueError:
            continue
        if moment.year >= OLDEST_YEAR or zone is None:
            return moment.replace(tzinfo=moment.tzinfo or zone).isoformat()
    return None


def _as_others_write(text: str) -> str:
    """Dates with dashes, and numbers out of so many with a stroke."""
    if date := _DATE.fullmatch(text):
        year, month, day, time = date.groups()
        return f"{year}-{month}-{day}" + (f"T{time}" if time else "")
    return "/".join(out_of.groups()) if (out_of := _OF.fullmatch(text)) else text
