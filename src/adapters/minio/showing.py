"""What an object says of itself to whoever gets it from the bucket directly."""

from collections.abc import Mapping

from domain.media_types import is_shown_inline


def shown_as(content_type: str) -> Mapping[str, str]:
    """Its type; and what a browser might take for a page of ours is to be saved, not shown."""
    told = {"Content-Type": content_type}
    return told if is_shown_inline(content_type) else {**told, "Content-Disposition": "attachment"}
