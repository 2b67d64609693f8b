"""What a file is, told by its first bytes; neither its name nor the sender is believed."""

from collections.abc import Callable

from domain.media_types import HEIC_TYPES, IMAGE_TYPES_TAKEN, UNKNOWN, MediaType
from domain.signatures.containers import CONTAINERS
from domain.signatures.magic import by_magic
from domain.signatures.streams import STREAMS
from domain.signatures.text import text_type

__all__ = ["HEIC_TYPES", "IMAGE_TYPES_TAKEN", "SNIFF_BYTES", "MediaType", "sniff"]

SNIFF_BYTES = 8192
"""How much of the beginning is looked at; more changes nothing, a shorter file is fine."""

Recogniser = Callable[[bytes], MediaType | None]

_BEFORE_TEXT: tuple[Recogniser, ...] = (by_magic, *CONTAINERS)
_AFTER_TEXT: tuple[Recogniser, ...] = STREAMS
"""Short or spread marks, believed only of what cannot be text."""


def sniff(head: bytes, *, declared: str | None = None) -> MediaType:
    """The type of a file that begins with `head`.

    `declared` (what the sender says) only chooses between harmless kinds of plain text, which bear no mark.
    """
    head = bytes(head[:SNIFF_BYTES])
    for recognise in _BEFORE_TEXT:
        if found := recognise(head):
            return found
    if found := text_type(head, declared=declared):
        return found
    for recognise in _AFTER_TEXT:
        if found := recognise(head):
            return found
    return UNKNOWN
