"""Films and sound: what is told of them, and the frame that stands for them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from domain import media_types as t
from domain.errors import Invalid
from domain.media import POSTER, MediaFile, Variant, VariantStatus
from domain.object_keys import is_picture

POSTER_RECIPE = "poster 1"
POSTER_AT = 0.1
"""How far into a film its poster is, as a part of its length."""

RECORDINGS = frozenset(
    known.mime
    for known in (
        *(t.MP4, t.M4V, t.MOV, t.THREE_GP, t.THREE_G2, t.WEBM, t.MATROSKA, t.AVI, t.ASF, t.WMV, t.MPEG_TS, t.MPEG),
        *(t.FLV, t.OGG_VIDEO, t.OGG_AUDIO, t.OGG, t.MP3, t.MP2, t.WAV, t.FLAC, t.M4A, t.AAC, t.AIFF, t.CAF, t.AMR),
        *(t.AMR_WB, t.WMA),
    )
)
"""The types that are looked into."""

_ISO6709 = re.compile(
    r"([+-]\d{1,2}(?:\.\d{1,9})?)([+-]\d{1,3}(?:\.\d{1,9})?)(?:([+-]\d{1,6}(?:\.\d{1,9})?))?(?:CRS\w+)?/?"
)


class UnreadableRecording(Invalid):
    """The bytes cannot be understood as the film or sound they claim to be."""

    code = "unreadable_media"


@dataclass(frozen=True, slots=True)
class Recording:
    """What a film or a sound is: seconds, pixels as it is seen, bits a second, Hz.

    Width and height are those of moving pictures: a cover has none of its own.
    """

    container: str
    duration: float | None = None
    width: int | None = None
    height: int | None = None
    video_codec: str | None = None
    audio_codec: str | None = None
    bitrate: int | None = None
    sample_rate: int | None = None
    channels: int | None = None
    taken_at: datetime | None = None
    place: str | None = None
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def facts(self) -> dict[str, Any]:
        """What goes with the file; where it was taken under the name that is shown to few."""
        told: dict[str, Any] = {
            "container": self.container,
            "video_codec": self.video_codec,
            "audio_codec": self.audio_codec,
            "bitrate": self.bitrate,
            "sample_rate": self.sample_rate,
            "channels": self.channels,
            "taken_at": self.taken_at.isoformat() if self.taken_at else None,
            "gps": place_of(self.place),
            "tags": dict(self.tags) or None,
        }
        return {name: value for name, value in told.items() if value is not None}

    def with_facts(self, told: Mapping[str, Any]) -> "Recording":
        """The same, with what somebody else has read out of it (`domain.file_facts`)."""
        place, taken_at = told.get("gps"), told.get("taken_at")
        moment = datetime.fromisoformat(taken_at) if taken_at else None
        return replace(
            self,
            taken_at=moment if moment and moment.tzinfo else self.taken_at,
            place=_written(place) if place else self.place,
            tags={**self.tags, **told.get("tags", {})},
        )

    def told_of(self, file: MediaFile, now: datetime) -> MediaFile:
        """The same file, knowing all this."""
        return replace(
            file,
            duration=self.duration,
            width=self.width,
            height=self.height,
            metadata=self.facts(),
            updated_at=now,
        )


def place_of(told: str | None) -> dict[str, float] | None:
    """Where something was taken, from the signed degrees that cameras write (ISO 6709); None where they make none."""
    found = _ISO6709.fullmatch(told or "")
    if found is None:
        return None
    latitude, longitude, altitude = (None if part is None else float(part) for part in found.groups())
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    place = {"latitude": latitude, "longitude": longitude}
    return place if altitude is None else {**place, "altitude": altitude}


def _written(place: Mapping[str, float]) -> str:
    degrees = f"{place['latitude']:+.7f}{place['longitude']:+.7f}"
    return f"{degrees}{place['altitude']:+.3f}/" if "altitude" in place else f"{degrees}/"


def poster_of(file: MediaFile) -> Variant | None:
    """The frame that stands for a film, or the cover of a sound, once it is there."""
    found = next((variant for variant in file.variants if variant.name == POSTER), None)
    is_frame = found is not None and found.recipe == POSTER_RECIPE and found.status is VariantStatus.READY
    return found if is_frame else None


@dataclass(frozen=True, slots=True)
class PictureSource:
    """Where the pictures of a file come from."""

    key: str
    mime_type: str


def source_of(file: MediaFile) -> PictureSource | None:
    """The picture itself while it is kept, or what stands for a film or a sound; None where there is neither."""
    if is_picture(file.key):
        return PictureSource(file.key, file.mime_type) if file.original_deleted_at is None else None
    poster = poster_of(file)
    return PictureSource(poster.key, poster.mime_type) if poster else None
