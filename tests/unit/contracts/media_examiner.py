"""What every examiner promises."""

from pathlib import Path

import pytest

from application.ports.media_examiner import MediaExaminer
from domain.image_headers.reading import read_header
from domain.recordings import UnreadableRecording
from tests.unit.adapters.films import film, sound


class MediaExaminerContract:
    """Suite for `MediaExaminer`; a subclass brings the fixture `examiner`."""

    async def test_a_film_has_size_length_and_a_poster(self, examiner: MediaExaminer, tmp_path: Path) -> None:
        into = tmp_path / "into"
        into.mkdir()
        told = await examiner.examine(film(tmp_path / "a.mp4", sound="aac"), "video/mp4", into)
        recording, poster = told.recording, told.poster
        assert (recording.container, recording.width, recording.height) == ("mp4", 64, 48)
        assert recording.duration == pytest.approx(2, abs=0.1)
        assert (recording.video_codec, recording.audio_codec) == ("h264", "aac")
        assert (recording.sample_rate, recording.channels) == (48_000, 2)
        assert recording.bitrate
        assert poster is not None
        assert poster.path.parent == into
        assert (poster.width, poster.height, poster.size) == (64, 48, poster.path.stat().st_size)
        header = read_header(poster.path.read_bytes(), complete=True)
        assert header is not None
        assert header.upright == (64, 48)

    async def test_without_a_folder_there_is_no_poster(self, examiner: MediaExaminer, tmp_path: Path) -> None:
        told = await examiner.examine(film(tmp_path / "a.mp4"), "video/mp4", None)
        assert told.poster is None
        assert told.recording.width == 64

    async def test_a_sound_has_no_size_and_no_poster(self, examiner: MediaExaminer, tmp_path: Path) -> None:
        told = await examiner.examine(sound(tmp_path / "a.wav", "pcm_s16le"), "audio/wav", tmp_path)
        recording = told.recording
        assert (recording.width, recording.height, recording.video_codec, told.poster) == (None, None, None, None)
        assert (recording.duration, recording.sample_rate, recording.channels) == (pytest.approx(2, abs=0.1), 48_000, 2)

    @pytest.mark.parametrize("mime_type", ["video/mp4", "audio/mpeg", "text/plain", "image/jpeg"])
    async def test_what_is_something_else_is_refused(
        self, examiner: MediaExaminer, tmp_path: Path, mime_type: str
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(b"#EXTM3U\nfile:///etc/passwd\n")
        with pytest.raises(UnreadableRecording):
            await examiner.examine(path, mime_type, tmp_path)
