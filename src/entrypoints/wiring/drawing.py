"""What can be drawn on the spot."""

import tempfile
from pathlib import Path


def short_film() -> bytes | None:
    """A film, where one can be encoded."""
    from adapters.ffmpeg.drawing import draw_film

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "film.mp4")
        return path.read_bytes() if draw_film(path) else None
