"""What containers and streams say of themselves."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from fractions import Fraction

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from domain.exif_block import cleaned
from domain.file_facts import LONGEST_TAG, OLDEST_YEAR, TAGS
from domain.recordings import Recording

LONGEST = 366 * 86_400.0
"""Seconds: what claims to be longer is believed as little as what claims to be shorter than nothing."""

_PREFIX = "com.apple.quicktime."
_TAKEN_AT = ("com.apple.quicktime.creationdate", "creation_time")
_PLACES = ("com.apple.quicktime.location.iso6709", "location", "location-eng")
_FLATTEST = 10
"""Pixels that claim to be so many times as wide as high, or more, are taken for squares: nothing makes such."""


def picture_stream(container: InputContainer) -> VideoStream | None:
    """The moving pictures, where there are any: a cover is none."""
    return next((stream for stream in container.streams.video if not is_cover(stream)), None)


def cover_stream(container: InputContainer) -> VideoStream | None:
    """The picture that comes with a sound."""
    return next((stream for stream in container.streams.video if is_cover(stream)), None)


def is_cover(stream: VideoStream) -> bool:
    """Whether it is one picture for the whole."""
    return bool(stream.disposition & Disposition.attached_pic)


def facts_of(container: InputContainer, *, turned: bool | None) -> Recording:
    """Everything but the pictures themselves; `turned` says that they are seen on their side."""
    video, audio = picture_stream(container), next(iter(container.streams.audio), None)
    told = _told(container, audio)
    heard = audio.codec_context if audio else None
    width, height = _size(video)
    if turned:
        width, height = height, width
    return Recording(
        container=_container_name(container, told),
        duration=_duration(container),
        width=width,
        height=height,
        video_codec=_codec(video),
        audio_codec=_codec(audio),
        bitrate=_positive(container.bit_rate),
        sample_rate=_positive(heard.sample_rate) if heard else None,
        channels=_positive(heard.channels) if heard else None,
        taken_at=_taken_at(told),
        place=next((told[name] for name in _PLACES if name in told), None),
        tags=_tags(told),
    )


def _told(container: InputContainer, audio: AudioStream | None) -> dict[str, str]:
    """Some containers leave it to their streams to say what they are called."""
    streams = audio.metadata if audio else {}
    return {name.lower(): value for name, value in (*streams.items(), *container.metadata.items())}


def _container_name(container: InputContainer, told: Mapping[str, str]) -> str:
    """One name where ffmpeg has one demuxer for a family."""
    names = container.format.name.split(",")
    if "mov" in names:
        return "mov" if told.get("major_brand", "qt  ") == "qt  " else "mp4"
    if "matroska" in names:
        codecs = {_codec(stream) for stream in (*container.streams.video, *container.streams.audio)}
        return "webm" if codecs <= {"vp8", "vp9", "av1", "opus", "vorbis"} else "matroska"
    return names[0]


def _codec(stream: Stream | None) -> str | None:
    if not isinstance(stream, VideoStream | AudioStream) or stream.codec_context is None:
        return None
    try:
        return str(stream.codec_context.codec.canonical_name)
    except (ValueError, AttributeError):
        return None


def _duration(container: InputContainer) -> float | None:
    streams = [*container.streams.video, *container.streams.audio]
    known = [float(s.duration * s.time_base) for s in streams if s.duration and s.time_base and not _still(s)]
    seconds = container.duration / av.time_base if container.duration else max(known, default=0.0)
    return round(seconds, 6) if math.isfinite(seconds) and 0 < seconds <= LONGEST else None


def _still(stream: Stream) -> bool:
    return isinstance(stream, VideoStream) and is_cover(stream)


def _size(video: VideoStream | None) -> tuple[int | None, int | None]:
    # A stream of a codec that nobody knows has no context.
    context = video.codec_context if video else None
    if context is None or not context.width or not context.height:
        return None, None
    return seen_size(video, int(context.width), int(context.height))


def seen_size(video: VideoStream | None, width: int, height: int) -> tuple[int, int]:
    """How large pictures are as a player shows them: where pixels are no squares, one side grows and none shrinks."""
    shape = video.sample_aspect_ratio if video else None
    if not shape or not Fraction(1, _FLATTEST) < shape < _FLATTEST:
        return width, height
    return (round(width * shape), height) if shape >= 1 else (width, round(height / shape))


def _positive(number: int | Fraction | None) -> int | None:
    return int(number) if number and 0 < number < 1 << 53 else None


def _taken_at(told: Mapping[str, str]) -> datetime | None:
    for name in _TAKEN_AT:
        try:
            taken = datetime.fromisoformat(told.get(name, ""))
            at = taken if taken.tzinfo else taken.replace(tzinfo=UTC)
            at.astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        if at.year >= OLDEST_YEAR:
            return at
    return None


def _tags(told: Mapping[str, str]) -> dict[str, str]:
    found = {name: cleaned(told.get(name) or told.get(f"{_PREFIX}{name}", ""), LONGEST_TAG) for name in TAGS}
    return {name: text for name, text in found.items() if text}
