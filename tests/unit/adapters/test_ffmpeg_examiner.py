"""PyAV, through the sandbox: what is told of films and sounds, and what none of them can do."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from adapters.ffmpeg.demuxers import DEMUXERS
from adapters.sandbox.examiner import SandboxedExaminer
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.recordings import examined_in
from application.ports.media_examiner import Examined
from domain.image_headers.budget import DecodeLimits
from domain.recordings import RECORDINGS, UnreadableRecording
from domain.sniffing import SNIFF_BYTES, sniff
from tests.tables import over_rows
from tests.unit.adapters.corpus import CORPUS
from tests.unit.adapters.films import colour_of, film, sound, turned, with_cover
from tests.unit.contracts.drawn import opened
from tests.unit.contracts.media_examiner import MediaExaminerContract

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ENGINE = "adapters.ffmpeg.engine:FfmpegEngine"
RECORDING = {
    "container": "mp4", "duration": 1.0, "width": 1, "height": 1, "video_codec": None, "audio_codec": None,
    "bitrate": None, "sample_rate": None, "channels": None, "taken_at": None, "place": None, "tags": {},
}  # fmt: skip


@pytest.fixture(scope="module")
async def examiner(anyio_backend: str) -> AsyncIterator[SandboxedExaminer]:
    sandboxed = SandboxedExaminer(ENGINE, 1)
    await sandboxed.open()
    yield sandboxed
    await sandboxed.close()


async def looked_into(examiner: SandboxedExaminer, path: Path) -> Examined:
    into = path.parent / "into"
    into.mkdir(exist_ok=True)
    with path.open("rb") as file:
        return await examiner.examine(path, sniff(file.read(SNIFF_BYTES)).mime, into)


class TestFfmpegExaminer(MediaExaminerContract):
    """The contract."""


def test_every_type_that_is_looked_into_has_its_demuxer() -> None:
    assert set(DEMUXERS) == RECORDINGS


@pytest.mark.parametrize(
    ("name", "codec", "told"), [("a.webm", "libvpx", "vp8"), ("a.mkv", "libx264", "h264"), ("a.avi", "mpeg4", "mpeg4")]
)
async def test_films_of_other_kinds(
    examiner: SandboxedExaminer, tmp_path: Path, name: str, codec: str, told: str
) -> None:
    found = await looked_into(examiner, film(tmp_path / name, codec=codec))
    assert (found.recording.video_codec, found.recording.width, found.recording.height) == (told, 64, 48)
    assert found.recording.container == {"a.webm": "webm", "a.mkv": "matroska", "a.avi": "avi"}[name]
    assert found.poster is not None


@pytest.mark.parametrize(
    ("name", "codec", "told"),
    [
        ("a.mp3", "libmp3lame", ("mp3", "mp3")),
        ("a.ogg", "libopus", ("ogg", "opus")),
        ("a.flac", "flac", ("flac", "flac")),
        ("a.m4a", "aac", ("mp4", "aac")),
        ("a.webm", "libopus", ("webm", "opus")),
    ],
)
async def test_sounds(
    examiner: SandboxedExaminer, tmp_path: Path, name: str, codec: str, told: tuple[str, str]
) -> None:
    found = await looked_into(examiner, sound(tmp_path / name, codec, title="A", artist="B"))
    recording = found.recording
    assert (recording.container, recording.audio_codec) == told
    assert (recording.width, recording.video_codec, found.poster) == (None, None, None)
    assert recording.duration == pytest.approx(2, abs=0.2)
    assert (recording.sample_rate, recording.channels) == (48_000, 2)
    assert recording.tags == {"title": "A", "artist": "B"}


async def test_the_poster_is_from_a_tenth_of_the_length(examiner: SandboxedExaminer, tmp_path: Path) -> None:
    found = await looked_into(examiner, film(tmp_path / "a.mp4", seconds=4))
    assert found.poster is not None
    red, _, blue = colour_of(found.poster.path)
    assert (red < 30, blue > 220) == (True, True), "the film is red for a twentieth of it, then blue"


@pytest.mark.parametrize("quarters", range(4))
async def test_rotation_is_applied(examiner: SandboxedExaminer, tmp_path: Path, quarters: int) -> None:
    found = await looked_into(examiner, turned(film(tmp_path / "a.mp4"), quarters))
    seen = (48, 64) if quarters % 2 else (64, 48)
    assert (found.recording.width, found.recording.height) == seen
    assert found.poster is not None
    assert (found.poster.width, found.poster.height) == seen


@pytest.mark.parametrize(
    ("name", "pixel", "quarters", "seen"),
    [
        ("a.mp4", Fraction(16, 11), 0, (93, 48)),
        ("a.mkv", Fraction(16, 11), 0, (93, 48)),
        ("a.mp4", Fraction(16, 11), 1, (48, 93)),
        ("a.mp4", Fraction(8, 9), 0, (64, 54)),
        ("a.mp4", Fraction(8, 9), 3, (54, 64)),
        ("a.mp4", Fraction(1, 1), 0, (64, 48)),
        ("a.mp4", Fraction(500, 1), 0, (64, 48)),
    ],
)
async def test_pixels_that_are_no_squares_are_shown_as_players_do(
    examiner: SandboxedExaminer, tmp_path: Path, name: str, pixel: Fraction, quarters: int, seen: tuple[int, int]
) -> None:
    drawn = film(tmp_path / name, pixel=pixel)
    found = await looked_into(examiner, turned(drawn, quarters) if quarters else drawn)
    assert (found.recording.width, found.recording.height) == seen
    assert found.poster is not None
    assert (found.poster.width, found.poster.height) == seen == opened(found.poster.path).size


async def test_what_grows_too_big_when_it_is_shown_is_not_made_a_poster_of(tmp_path: Path) -> None:
    frugal = SandboxedExaminer(ENGINE, 1, DecoderLimits(picture=DecodeLimits(max_pixels=4000)))
    await frugal.open()
    try:
        square = await looked_into(frugal, film(tmp_path / "a.mp4"))
        wide = await looked_into(frugal, film(tmp_path / "b.mp4", pixel=Fraction(2, 1)))
    finally:
        await frugal.close()
    assert square.poster is not None
    assert (wide.recording.width, wide.poster) == (128, None)


async def test_a_cover_is_the_poster_of_a_sound(examiner: SandboxedExaminer, tmp_path: Path) -> None:
    cover = BytesIO()
    Image.new("RGB", (30, 20), (0, 255, 0)).save(cover, "PNG")
    found = await looked_into(examiner, with_cover(sound(tmp_path / "a.mp3", "libmp3lame"), cover.getvalue()))
    assert (found.recording.width, found.recording.video_codec) == (None, None)
    assert found.poster is not None
    assert (found.poster.width, found.poster.height) == (30, 20)
    assert colour_of(found.poster.path)[1] > 220


async def test_when_and_where(examiner: SandboxedExaminer, tmp_path: Path) -> None:
    path = sound(tmp_path / "a.m4a", "aac", creation_time="2024-05-06T07:08:09Z", location="+48.2082+016.3738+171.000/")
    recording = (await looked_into(examiner, path)).recording
    assert recording.taken_at == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    assert recording.facts()["gps"] == {"latitude": 48.2082, "longitude": 16.3738, "altitude": 171.0}


async def test_a_frame_that_is_too_big_is_not_decoded(tmp_path: Path) -> None:
    frugal = SandboxedExaminer(ENGINE, 1, DecoderLimits(picture=DecodeLimits(max_pixels=1000)))
    await frugal.open()
    try:
        found = await looked_into(frugal, film(tmp_path / "a.mp4"))
    finally:
        await frugal.close()
    assert (found.recording.width, found.poster) == (64, None)


@pytest.mark.parametrize("kept", [9, 60, 500, 900])
async def test_what_is_cut_off_is_refused_or_told_as_far_as_it_goes(
    examiner: SandboxedExaminer, tmp_path: Path, kept: int
) -> None:
    path = film(tmp_path / "a.mp4")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(UnreadableRecording):
        await looked_into(examiner, path)


def playlists(target: Path) -> dict[str, bytes]:
    """What makes ffmpeg open other files, when it is let."""
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n".encode(),
        "concat": f"ffconcat version 1.0\nfile '{target}'\n".encode(),
        "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    }


@pytest.mark.parametrize("which", ["hls", "concat", "sdp"])
@pytest.mark.parametrize(
    "disguise", [b"", b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2", b"\x1a\x45\xdf\xa3\x42\x82\x84webm"]
)
@pytest.mark.parametrize("mime_type", ["video/mp4", "video/webm", "video/mp2t"])
async def test_no_playlist_is_followed(
    examiner: SandboxedExaminer, tmp_path: Path, which: str, disguise: bytes, mime_type: str
) -> None:
    target = film(tmp_path / "target.mp4")
    path = tmp_path / "movie.mp4"
    path.write_bytes(disguise + playlists(target)[which])
    with pytest.raises(UnreadableRecording):
        await examiner.examine(path, mime_type, tmp_path)


async def test_pictures_that_lie_in_another_file_are_not_fetched(examiner: SandboxedExaminer, tmp_path: Path) -> None:
    """A film may say that its pictures are in a file of another name; that file is not opened."""
    target = film(tmp_path / "target.mp4")
    body, address = bytearray(target.read_bytes()), f"file://{target}\0".encode()
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref", b"url "):
        at = body.index(box) - 4
        body[at : at + 4] = (int.from_bytes(body[at : at + 4], "big") + len(address)).to_bytes(4, "big")
    flags = body.index(b"url ") + 4
    body[flags : flags + 4] = bytes(4) + address
    media = body.index(b"mdat") + 4
    length = int.from_bytes(body[media - 8 : media - 4], "big") - 8
    body[media : media + length] = bytes(length)  # nothing to be seen in this file itself
    path = tmp_path / "movie.mp4"
    path.write_bytes(body)
    found = await looked_into(examiner, path)
    assert found.recording.width == 64
    assert found.poster is None or colour_of(found.poster.path)[2] < 220


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus at hand")
async def test_every_bad_film_of_the_corpus_ends_well(examiner: SandboxedExaminer, tmp_path: Path) -> None:
    told = {}
    for path in sorted([*CORPUS.glob("mp4-bad/*"), *CORPUS.glob("crash-history/*.mp4")]):
        with path.open("rb") as file:
            mime_type = sniff(file.read(SNIFF_BYTES)).mime
        try:
            found = await examiner.examine(path, mime_type, tmp_path)
        except UnreadableRecording:
            told[path.name] = "refused"
        else:
            told[path.name] = "poster" if found.poster else "facts"
    assert {"refused", "poster", "facts"} == set(told.values())
    assert told["google_AFL__docs__vuln_samples__ffmpeg-h264-bad-ptr-800m.mp4"] == "refused"


@over_rows(
    "lie",
    [
        {},
        {"recording": {**RECORDING, "width": -1}},
        {"recording": {**RECORDING, "duration": "nan"}},
        {"recording": {**RECORDING, "bitrate": 1 << 60}},
        {"recording": {**RECORDING, "taken_at": "yesterday"}},
        {"recording": {**RECORDING, "taken_at": "2024-01-01T00:00:00"}},
        {"recording": RECORDING, "poster": {"file": "x", "width": 0, "height": 1}},
    ],
)
def test_what_makes_no_sense_is_not_believed(lie: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        examined_in(lie, lambda name: (Path(name), 1))


def test_text_that_no_database_keeps_is_left_out() -> None:
    told = examined_in({"recording": {**RECORDING, "tags": {"title": "a\0b\ud800" + "x" * 900}}}, lambda _: (Path(), 0))
    assert told.recording.tags == {"title": "ab" + "x" * 496}
