"""libvips on a machine without `darkroom-media[heic]`."""

import sys
from typing import Any

sys.modules["pillow_heif"] = None  # type: ignore[assignment]  # what is None here cannot be imported

from adapters.vips.engine import VipsEngine  # noqa: E402


class WithoutHeic(VipsEngine):
    """The engine itself; only its surroundings differ."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
