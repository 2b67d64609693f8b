"""What an object says of itself to whoever gets it from the bucket directly."""

from collections.abc import Mapping

from domain.media_types import is_shown_inline
from domain.object_keys import is_kept

NEVER_CHANGES = "max-age=31536000, immutable"


def shown_as(key: str, content_type: str) -> Mapping[str, str]:
    """Its type; that it never changes, where it does not; and that what acts in a browser is to be saved, not shown."""
    told = {"Content-Type": content_type}
    if is_kept(key):
        told["Cache-Control"] = NEVER_CHANGES
    return told if is_shown_inline(content_type) else {**told, "Content-Disposition": "attachment"}
