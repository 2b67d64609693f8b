"""The frame that stands for a film, or the cover of a sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from adapters.ffmpeg.demuxers import CODECS
from adapters.ffmpeg.facts import cover_stream, picture_stream, seen_size
from domain.image_headers.budget import DecodeLimits
from domain.recordings import POSTER_AT

MOST_FRAMES = 600
"""Between the key frame that was found and the frame that is wanted; a film may have no more key frames than one."""

LONGEST_SIDE = 65_500
_QUALITY = 3 * 118  # of 31 steps the third best, in the unit ffmpeg counts them in
_JPEG_PIXELS = "yuvj420p"
_TURNS: dict[int, tuple[str, ...]] = {0: (), 90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


@dataclass(frozen=True)
class Frame:
    """A picture out of a film, as it was stored; `seen` is its size in square pixels.

    `rotation` is by how much it is to be turned, anticlockwise.
    """

    picture: VideoFrame
    seen: tuple[int, int]
    rotation: int

    @property
    def turned(self) -> bool:
        """Whether it is seen on its side."""
        return self.rotation in {90, 270}


def frame_of(container: InputContainer, limits: DecodeLimits) -> Frame | None:
    """The one that is wanted, or as near as can be had; None where nothing can be decoded, or should not be."""
    film = picture_stream(container)
    stream = film or cover_stream(container)
    if stream is None or not _may_decode(stream, limits):
        return None
    stream.codec_context.thread_count = 1
    for at in (_wanted(container), 0) if film else (0,):
        picture = _picture_at(container, stream, at, limits)
        if picture is not None:
            seen = seen_size(stream, picture.width, picture.height)
            return Frame(picture, seen, round(picture.rotation / 90) * 90 % 360)
    return None


def write_jpeg(frame: Frame, path: Path) -> tuple[int, int]:
    """Upright, and in the colours that a JPEG means; its size is told."""
    upright = _turned(frame)
    # By way of RGB: how a film means its colours differs, and how a JPEG means them does not.
    width, height = frame.seen[::-1] if frame.turned else frame.seen
    plain = upright.reformat(width, height, "rgb24", dst_color_range=ColorRange.JPEG)
    picture = plain.reformat(format=_JPEG_PIXELS, dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.JPEG)
    encoder = VideoCodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = picture.width, picture.height, _JPEG_PIXELS
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"flags": "+qscale+bitexact", "global_quality": str(_QUALITY)}
    picture.pts = 0
    path.write_bytes(b"".join(bytes(packet) for packet in (*encoder.encode(picture), *encoder.encode(None))))
    return picture.width, picture.height


def _may_decode(stream: VideoStream, limits: DecodeLimits) -> bool:
    context = stream.codec_context
    if context is None or context.codec.name not in CODECS:
        return False
    return _fits(stream, context.width, context.height, limits)


def _fits(stream: VideoStream, stored_width: int, stored_height: int, limits: DecodeLimits) -> bool:
    width, height = seen_size(stream, stored_width, stored_height)
    longest = min(limits.max_side, LONGEST_SIDE)
    return max(width, height) <= longest and width * height <= limits.max_pixels


def _wanted(container: InputContainer) -> int:
    return int((container.duration or 0) * POSTER_AT)


def _picture_at(container: InputContainer, stream: VideoStream, at: int, limits: DecodeLimits) -> VideoFrame | None:
    """The frame shown at this moment (in millionths), or the last one that could be had before it."""
    found: VideoFrame | None = None
    begins = container.start_time or 0
    try:
        if at:
            container.seek(begins + at)
        for picture, _ in zip(_frames(container, stream), range(MOST_FRAMES), strict=False):
            if not _fits(stream, picture.width, picture.height, limits):
                return None
            found = picture
            if picture.time is None or picture.time * av.time_base >= begins + at:
                break
    except (FFmpegError, ValueError):
        return found
    return found


def _frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """One damaged packet does not spoil those behind it."""
    for packet in container.demux(stream):
        try:
            yield from packet.decode()
        except FFmpegError:
            continue


def _turned(frame: Frame) -> VideoFrame:
    turns = _TURNS[frame.rotation]
    if not turns:
        return frame.picture
    graph, picture = Graph(), frame.picture
    step = graph.add_buffer(
        width=picture.width,
        height=picture.height,
        format=picture.format,
        time_base=picture.time_base or Fraction(1, 25),
    )
    for direction in turns:
        turn = graph.add("transpose", direction)
        step.link_to(turn)
        step = turn
    sink = graph.add("buffersink")
    step.link_to(sink)
    graph.configure()
    picture.pts = 0
    graph.push(picture)
    turned = graph.pull()
    if not isinstance(turned, VideoFrame):
        raise ValueError("nothing came back from turning")  # noqa: TRY004  what failed is the film, not the program
    return turned
