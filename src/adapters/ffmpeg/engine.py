"""Films and sound through PyAV; runs in a decoder process of its own."""

from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from adapters.ffmpeg.demuxers import DEMUXERS, options_for
from adapters.ffmpeg.facts import facts_of
from adapters.ffmpeg.poster import Frame, frame_of, write_jpeg
from application.ports.media_examiner import Examined, Poster
from domain.image_headers.budget import DecodeLimits
from domain.recordings import Recording, UnreadableRecording
from domain.sniffing import SNIFF_BYTES, sniff

# ffmpeg would print what it thinks of a file.
av.logging.set_level(None)


class FfmpegEngine:
    """Tells what a film or a sound is, and takes a frame out of it; blocks."""

    def __init__(self, limits: DecodeLimits) -> None:
        self._limits = limits

    def examine(self, source: Path, mime_type: str, into: Path | None) -> Examined:
        """Facts, and the poster where there is a folder for it and a frame to be had."""
        demuxer = DEMUXERS.get(mime_type)
        if demuxer is None:
            raise UnreadableRecording(f"There is no reader for {mime_type} here.")
        with source.open("rb") as file:
            if sniff(file.read(SNIFF_BYTES)).mime != mime_type:
                raise UnreadableRecording(f"The file is not the {mime_type} it should be.")
        try:
            with av.open(
                str(source),
                format=demuxer.partition(",")[0],
                options=options_for(demuxer),
                metadata_errors="replace",
            ) as container:
                return self._examined(container, into)
        except (FFmpegError, ValueError) as error:
            said = error.strerror if isinstance(error, FFmpegError) else str(error)
            raise UnreadableRecording(f"This {mime_type} cannot be read: {said}.") from error

    def _examined(self, container: InputContainer, into: Path | None) -> Examined:
        if not container.streams.video and not container.streams.audio:
            raise UnreadableRecording("There are neither pictures nor sound in it.")
        frame = None if into is None else frame_of(container, self._limits)
        recording = facts_of(container, turned=frame.turned if frame else None)
        return Examined(recording, self._poster(frame, recording, into))

    def _poster(self, frame: Frame | None, recording: Recording, into: Path | None) -> Poster | None:
        if frame is None or into is None:
            return None
        path = into / "poster.jpg"
        try:
            width, height = write_jpeg(frame, path)
        except (FFmpegError, ValueError):
            return None
        return Poster(path, width, height, path.stat().st_size)
