"""What the service and its decoder processes say to each other: length-prefixed JSON, never pickle.

A child that a picture has taken over can send anything, so nothing it says is run, and only names are believed.
"""

import json
import stat
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from application.ports.image_transformer import DecoderLost, NotRendered, Order, PictureFacts, Rendered
from domain.errors import DarkroomError, StorageFull
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.variants import Fit, Gravity, ImageFormat, VariantSpec

Message = dict[str, Any]

LONGEST_MESSAGE = 1 << 20
_ERRORS: Mapping[str, type[DarkroomError]] = {
    kind.__name__: kind for kind in (UnreadableImage, ImageTooBig, StorageFull)
}


def framed(message: Message) -> bytes:
    """A message as bytes."""
    body = json.dumps(message).encode()
    return len(body).to_bytes(4, "big") + body


def order_out(order: Order) -> Message:
    """An order, for the child."""
    return {"name": order.name, "spec": asdict(order.spec)}


def order_in(message: Message) -> Order:
    """An order, in the child."""
    spec = message["spec"]
    choices = {"format": ImageFormat(spec["format"]), "fit": Fit(spec["fit"]), "gravity": Gravity(spec["gravity"])}
    return Order(message["name"], VariantSpec(**{**spec, **choices}))


def result_out(result: Rendered | NotRendered) -> Message:
    """A finished or refused variant, for the service."""
    if isinstance(result, NotRendered):
        return {"name": result.name, "reason": result.reason}
    return {
        "name": result.name,
        "file": result.path.name,
        "format": result.format.value,
        "width": result.width,
        "height": result.height,
    }


def result_in(message: Message, into: Path) -> Rendered | NotRendered:
    """A finished or refused variant, in the service: the file must be a plain one in the folder we gave."""
    if "reason" in message:
        return NotRendered(str(message["name"]), str(message["reason"]))
    path = into / Path(message["file"]).name
    told = path.lstat()
    if not stat.S_ISREG(told.st_mode):
        raise ValueError("a variant that is no plain file")
    size = int(message["width"]), int(message["height"])
    return Rendered(str(message["name"]), path, ImageFormat(message["format"]), *size, told.st_size)


def facts_in(message: Message, mime_type: str) -> PictureFacts:
    """What a header said, in the service."""
    return PictureFacts(
        int(message["width"]), int(message["height"]), mime_type, bool(message["has_alpha"]), int(message["frames"])
    )


def error_out(error: Exception) -> Message:
    """What went wrong, for the service; surprises name their kind and no path."""
    for name, kind in _ERRORS.items():
        if isinstance(error, kind):
            return {"error": name, "detail": str(error)}
    if isinstance(error, MemoryError):
        return {"error": "ImageTooBig", "detail": "The picture needs more memory than one decoder may have."}
    said = error.strerror if isinstance(error, OSError) else str(error)
    return {"error": "DecoderLost", "detail": f"The decoder failed: {type(error).__name__}: {said}"}


def error_in(message: Message) -> DarkroomError:
    """What went wrong, in the service."""
    kind = _ERRORS.get(message["error"], DecoderLost)
    return kind(str(message["detail"])[:1000])
