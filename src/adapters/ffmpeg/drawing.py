"""A short film, made of nothing."""

from fractions import Fraction
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

ENCODERS = ("libx264", "mpeg4")
FRAMES_A_SECOND = 15


def draw_film(path: Path, *, seconds: int = 4, size: tuple[int, int] = (480, 320)) -> bool:
    """A bar that wanders through changing colours, as an MP4 that browsers play; False where nothing can encode one."""
    for encoder in ENCODERS:
        try:
            _draw(path, encoder, seconds * FRAMES_A_SECOND, size)
        except (UnknownCodecError, FFmpegError):
            continue
        return True
    return False


def _draw(path: Path, encoder: str, frames: int, size: tuple[int, int]) -> None:
    with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as film:
        stream = film.add_stream(encoder, rate=FRAMES_A_SECOND)
        if not isinstance(stream, VideoStream):
            raise TypeError("an encoder of films makes films")
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.gop_size = FRAMES_A_SECOND
        for number in range(frames):
            frame = _frame(number / frames, size).reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_A_SECOND)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


def _frame(part: float, size: tuple[int, int]) -> VideoFrame:
    width, height = size
    frame = VideoFrame(width, height, "rgb24")
    plane, at = frame.planes[0], int(part * (width - 40))
    ground = bytes((int(255 * part), 90, int(255 * (1 - part))))
    row = ground * at + b"\xff\xff\xff" * 40 + ground * (width - 40 - at)
    plane.update(row.ljust(plane.line_size, b"\0") * height)
    return frame
