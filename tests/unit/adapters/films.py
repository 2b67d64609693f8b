"""Films and sounds, made on the spot."""

import struct
from fractions import Fraction
from pathlib import Path

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tests.unit.contracts.drawn import opened

A_SECOND = 10
RED, BLUE = b"\xff\0\0", b"\0\0\xff"


def film(
    path: Path,
    *,
    codec: str = "libx264",
    sound: str | None = None,
    seconds: int = 2,
    size: tuple[int, int] = (64, 48),
    pixel: Fraction | None = None,
    **tags: str,
) -> Path:
    """Red for the first twentieth of its length, and blue from there on; `pixel` is how much wider than high one is."""
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        video = container.add_stream(codec, rate=A_SECOND)
        assert isinstance(video, VideoStream)
        video.width, video.height = size
        video.pix_fmt = "yuv420p"
        if pixel is not None:
            video.codec_context.sample_aspect_ratio = pixel
        audio = container.add_stream(sound, rate=48_000) if sound else None
        count = seconds * A_SECOND
        for number in range(count):
            frame = plain(size, RED if number < count / 20 else BLUE)
            frame.pts, frame.time_base = number, Fraction(1, A_SECOND)
            container.mux(video.encode(frame.reformat(format="yuv420p")))
        container.mux(video.encode(None))
        if isinstance(audio, AudioStream):
            play(container, audio, seconds)
    return path


def sound(path: Path, codec: str, *, rate: int = 48_000, seconds: int = 2, **tags: str) -> Path:
    """Silence."""
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        audio = container.add_stream(codec, rate=rate)
        assert isinstance(audio, AudioStream)
        play(container, audio, seconds)
    return path


def play(container: "av.container.OutputContainer", audio: AudioStream, seconds: int) -> None:
    context = audio.codec_context
    rate, at = context.sample_rate, 0
    context.open(strict=False)
    piece = context.frame_size or 1024
    while at < rate * seconds:
        frame = AudioFrame(format=context.format.name, layout=context.layout.name, samples=piece)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        container.mux(audio.encode(frame))
        at += piece
    container.mux(audio.encode(None))


def plain(size: tuple[int, int], colour: bytes) -> VideoFrame:
    frame = VideoFrame(*size, "rgb24")
    plane = frame.planes[0]
    plane.update((colour * size[0]).ljust(plane.line_size, b"\0") * size[1])
    return frame


def turned(path: Path, quarters: int) -> Path:
    """The same film, to be shown turned clockwise by so many quarters."""
    cosine, sine = [(1, 0), (0, 1), (-1, 0), (0, -1)][quarters]
    body = bytearray(path.read_bytes())
    header = body.index(b"tkhd") + 4
    matrix = header + 4 + (20 if body[header] == 0 else 32) + 16
    one = 0x10000
    body[matrix : matrix + 36] = struct.pack(
        ">9i", one * cosine, one * sine, 0, -one * sine, one * cosine, 0, 0, 0, 0x40000000
    )
    path.write_bytes(body)
    return path


def with_cover(mp3: Path, picture: bytes) -> Path:
    """The same sound with a cover, as ID3 has it."""
    frame = b"\0image/png\0\x03\0" + picture
    tag = b"APIC" + struct.pack(">IH", len(frame), 0) + frame
    length = bytes(len(tag) >> shift & 0x7F for shift in (21, 14, 7, 0))
    body = mp3.read_bytes()
    if body.startswith(b"ID3"):
        size = sum((body[6 + at] & 0x7F) << shift for at, shift in enumerate((21, 14, 7, 0)))
        body = body[10 + size :]
    mp3.write_bytes(b"ID3\x03\0\0" + length + tag + body)
    return mp3


def colour_of(poster: Path) -> tuple[int, ...]:
    """The middle of it."""
    picture = opened(poster).convert("RGB")
    told = picture.getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(told, tuple)
    return tuple(int(part) for part in told)
