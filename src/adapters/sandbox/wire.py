"""What the service and its decoder processes say to each other: length-prefixed JSON, never pickle.

A child that a picture has taken over can send anything, so nothing it says is run, and only names are believed.
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from application.ports.image_transformer import (
    OUT_OF_MEMORY,
    DecoderLost,
    Glimpse,
    NotRendered,
    Order,
    PictureFacts,
    Rendered,
)
from domain.errors import DarkroomError, StorageFull
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.recordings import UnreadableRecording
from domain.variants import EXTENSIONS, Fit, Gravity, ImageFormat, VariantSpec

Message = dict[str, Any]
_LARGEST_NUMBER = (1 << 31) - 1
Take = Callable[[str, str], tuple[Path, int]]

LONGEST_MESSAGE = 1 << 20
LONGEST_REQUEST = 1 << 16
_LONGEST_REASON = 1000
_LONGEST_THUMBHASH = 40
_ERRORS: Mapping[str, type[DarkroomError]] = {
    kind.__name__: kind for kind in (UnreadableImage, UnreadableRecording, ImageTooBig, StorageFull, DecoderLost)
}


def framed(message: Message) -> bytes:
    """A message as bytes."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


def unframed(body: bytes) -> Message:
    """A message from a child; `ValueError` whatever is wrong with it."""
    try:
        message = json.loads(body, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("an answer of too many layers") from None
    if not isinstance(message, dict):
        raise ValueError("an answer without names")  # noqa: TRY004  one kind for all that is wrong with it
    return message


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def text_in(value: Any, longest: int) -> str:
    """Words of a child, without what no database could keep."""
    return "".join(sign for sign in str(value)[:longest] if sign != "\0" and not 0xD800 <= ord(sign) < 0xE000)


def number_in(value: Any) -> int:
    """A size or a count, as a child says it."""
    if type(value) is not int or not 0 < value <= _LARGEST_NUMBER:
        raise ValueError("a number that makes no sense")
    return value


def line(message: Message) -> bytes:
    """A message as one line, between the service and the process that starts its decoders."""
    return json.dumps(message).encode() + b"\n"


def order_out(order: Order) -> Message:
    """An order, for the child."""
    return {"name": order.name, "spec": asdict(order.spec)}


def order_in(message: Message) -> Order:
    """An order, in the child."""
    spec = message["spec"]
    choices = {"format": ImageFormat(spec["format"]), "fit": Fit(spec["fit"]), "gravity": Gravity(spec["gravity"])}
    return Order(message["name"], VariantSpec(**{**spec, **choices}))


def result_out(result: Glimpse | Rendered | NotRendered) -> Message:
    """A glimpse, or a finished or refused variant, for the service."""
    if isinstance(result, Rendered):
        return {
            "name": result.name,
            "file": result.path.name,
            "format": result.format.value,
            "width": result.width,
            "height": result.height,
        }
    return asdict(result)


def result_in(message: Message, take: Take) -> Glimpse | Rendered | NotRendered:
    """The same, in the service, which takes the file that was named out of the child's hands."""
    if "thumbhash" in message:
        return _glimpse_in(message)
    if "reason" in message:
        return NotRendered(str(message["name"]), text_in(message["reason"], _LONGEST_REASON))
    width, height = number_in(message["width"]), number_in(message["height"])
    kind = ImageFormat(message["format"])
    path, size = take(str(message["file"]), EXTENSIONS[kind])
    return Rendered(str(message["name"]), path, kind, width, height, size)


def _glimpse_in(message: Message) -> Glimpse:
    thumbhash, colour = str(message["thumbhash"]), str(message["colour"])
    if len(b64decode(thumbhash, validate=True)) > _LONGEST_THUMBHASH or not re.fullmatch("#[0-9a-f]{6}", colour):
        raise ValueError("a glimpse of nothing")
    return Glimpse(thumbhash, colour)


def facts_in(message: Message, mime_type: str) -> PictureFacts:
    """What a header said, in the service."""
    return PictureFacts(
        number_in(message["width"]),
        number_in(message["height"]),
        mime_type,
        message["has_alpha"] is True,
        number_in(message["frames"]),
    )


def error_out(error: Exception) -> Message:
    """What went wrong, for the service; surprises name their kind and no path."""
    for name, kind in _ERRORS.items():
        if isinstance(error, kind):
            return {"error": name, "detail": str(error)}
    if isinstance(error, MemoryError):
        return {"error": "DecoderLost", "detail": OUT_OF_MEMORY}
    said = error.strerror if isinstance(error, OSError) else str(error)
    return {"error": "DecoderLost", "detail": f"The decoder failed: {type(error).__name__}: {said}"}


def error_in(message: Message) -> DarkroomError:
    """What went wrong, in the service."""
    kind = _ERRORS.get(str(message["error"]), DecoderLost)
    return kind(text_in(message.get("detail", ""), _LONGEST_REASON))
