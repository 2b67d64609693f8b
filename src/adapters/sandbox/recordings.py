"""What a decoder process says of films and sound: believed only where it has the shape it should have."""

import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.sandbox.wire import Message, number_in, text_in
from application.ports.media_examiner import Examined, Poster
from domain.recordings import Recording

Take = Callable[[str], tuple[Path, int]]

_LONGEST_TEXT = 500
_MOST_TAGS = 50
_LARGEST = 1 << 53


def examined_out(examined: Examined) -> Message:
    """What was found, for the service."""
    recording, poster = examined.recording, examined.poster
    told = {**asdict(recording), "tags": dict(recording.tags)}
    told["taken_at"] = recording.taken_at.isoformat() if recording.taken_at else None
    message: Message = {"recording": told}
    if poster is not None:
        message["poster"] = {"file": poster.path.name, "width": poster.width, "height": poster.height}
    return message


def examined_in(message: Message, take: Take) -> Examined:
    """The same, in the service, which takes the poster out of the child's hands."""
    told = message["recording"]
    tags = {_text(name): _text(value) for name, value in list(told["tags"].items())[:_MOST_TAGS]}
    recording = Recording(
        container=_text(told["container"]),
        duration=_seconds(told["duration"]),
        video_codec=_some(_text, told["video_codec"]),
        audio_codec=_some(_text, told["audio_codec"]),
        taken_at=_some(_moment, told["taken_at"]),
        place=_some(_text, told["place"]),
        tags=tags,
        **{name: _some(_count, told[name]) for name in ("width", "height", "bitrate", "sample_rate", "channels")},
    )
    if "poster" not in message:
        return Examined(recording)
    poster = message["poster"]
    width, height = number_in(poster["width"]), number_in(poster["height"])
    path, size = take(str(poster["file"]))
    return Examined(recording, Poster(path, width, height, size))


def _some(read: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else read(value)


def _text(value: Any) -> str:
    return text_in(value, _LONGEST_TEXT)


def _count(value: Any) -> int:
    number = int(value)
    if not 0 < number < _LARGEST:
        raise ValueError("a number that makes no sense")
    return number


def _seconds(value: Any) -> float | None:
    if value is None:
        return None
    seconds = float(value)
    if not math.isfinite(seconds) or seconds <= 0:
        raise ValueError("a length that makes no sense")
    return seconds


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(str(value))
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone")
    return moment
