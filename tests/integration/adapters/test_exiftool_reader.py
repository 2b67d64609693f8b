"""exiftool, through the sandbox: the same facts under the same names, and more of them; it can do nothing besides."""

import os
import platform
import shutil
import signal
import struct
import sys
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest

from adapters.sandbox.examiner import SandboxedExaminer
from adapters.sandbox.limits import DecoderLimits
from adapters.sandbox.reader import READING, SandboxedReader
from application.media.well_read_examiner import WellReadExaminer
from domain.sniffing import SNIFF_BYTES, sniff
from tests.unit.adapters.corpus import CORPUS, MANIFEST
from tests.unit.adapters.films import film, sound
from tests.unit.adapters.test_sandbox import alive, soon
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.contracts.media_examiner import MediaExaminerContract
from tests.unit.contracts.metadata_reader import SOMEWHERE, MetadataReaderContract, drawn
from tests.unit.domain.test_exif import FIRST, SECOND, block

OWNER = UUID(int=1)
pytestmark = pytest.mark.anyio
EXIFTOOL, FILMS = "adapters.exiftool.engine:ExiftoolEngine", "adapters.ffmpeg.engine:FfmpegEngine"
ODD = "tests.integration.adapters.odd_exiftools"
SAID = {
    "title": "2001", "artist": "Anna", "album": "true", "composer": "C", "genre": "Rock", "date": "2024",
    "copyright": "© Anna",
}  # fmt: skip
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's part of it exists on Linux only")


@asynccontextmanager
async def readers(engine: str = EXIFTOOL, limits: DecoderLimits = READING) -> AsyncIterator[SandboxedReader]:
    sandboxed = SandboxedReader(engine, 1, limits)
    await sandboxed.open()
    try:
        yield sandboxed
    finally:
        await sandboxed.close()


@pytest.fixture(scope="module")
async def reader(anyio_backend: str, exiftool: None) -> AsyncIterator[SandboxedReader]:
    async with readers() as sandboxed:
        yield sandboxed


@pytest.fixture(scope="module")
async def alone(anyio_backend: str) -> AsyncIterator[SandboxedExaminer]:
    sandboxed = SandboxedExaminer(FILMS, 1)
    await sandboxed.open()
    yield sandboxed
    await sandboxed.close()


@pytest.fixture(scope="module")
def examiner(alone: SandboxedExaminer, reader: SandboxedReader) -> WellReadExaminer:
    return WellReadExaminer(alone, reader)


class TestExiftoolReader(MetadataReaderContract):
    """The contract."""


class TestWellReadExaminer(MediaExaminerContract):
    """The contract of an examiner, which this one keeps as well."""


async def test_what_only_exiftool_finds(reader: SandboxedReader, tmp_path: Path) -> None:
    packet = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
      <rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
        xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"
        tiff:Make="Maker" aux:Lens="50mm" exif:DateTimeOriginal="2024-05-06T07:08:09+02:00"
        exif:GPSLatitude="48,12.492N" exif:GPSLongitude="16,22.428E">
        <dc:creator><rdf:Seq><rdf:li>Anna</rdf:li><rdf:li>Berta</rdf:li></rdf:Seq></dc:creator>
      </rdf:Description></rdf:RDF></x:xmpmeta>"""
    path = tmp_path / "a"
    path.write_bytes(encoded(quarters(), "image/jpeg", xmp=packet.encode()))
    assert await reader.read(path, "image/jpeg") == {
        "camera_make": "Maker",
        "lens": "50mm",
        "artist": "Anna, Berta",
        "taken_at": "2024-05-06T07:08:09+02:00",
        "gps": {"latitude": 48.2082, "longitude": 16.3738},
    }


@pytest.mark.parametrize(
    ("name", "codec", "more"),
    [
        ("a.m4a", "aac", {"track": "3/12", "album_artist": "B"}),
        ("a.mp3", "libmp3lame", {"track": "3/12", "album_artist": "B"}),
        ("a.flac", "flac", {"track": "3/12"}),
        ("a.ogg", "libopus", {"track": "3"}),
        ("a.mka", "flac", {"track": "3"}),
    ],
)
async def test_a_sound_tells_the_same_whoever_reads_it(
    alone: SandboxedExaminer,
    examiner: WellReadExaminer,
    reader: SandboxedReader,
    tmp_path: Path,
    name: str,
    codec: str,
    more: dict[str, str],
) -> None:
    path = sound(tmp_path / name, codec, **SAID, **more)
    mime_type = sniff(path.read_bytes()[:SNIFF_BYTES]).mime
    ours = (await alone.examine(path, mime_type, None)).recording
    assert ours.tags == {**SAID, **more}
    assert (await examiner.examine(path, mime_type, None)).recording == ours
    told = await reader.read(path, mime_type)
    assert SAID.items() <= told["tags"].items() <= ours.tags.items(), "exiftool itself found it"


async def test_a_film_tells_when_and_where_as_it_does_without(
    alone: SandboxedExaminer, examiner: WellReadExaminer, reader: SandboxedReader, tmp_path: Path
) -> None:
    path = film(
        tmp_path / "a.mp4", creation_time="2024-05-06T07:08:09Z", location="+48.2082+016.3738+171.000/", title="A"
    )
    ours = (await alone.examine(path, "video/mp4", None)).recording.facts()
    more = (await examiner.examine(path, "video/mp4", None)).recording.facts()
    assert more.keys() == ours.keys()
    assert {name for name in ours if ours[name] != more[name]} <= {"gps"}
    assert more["gps"] == pytest.approx(ours["gps"], abs=1e-4)
    told = await reader.read(path, "video/mp4")
    assert told["taken_at"] == ours["taken_at"] == "2024-05-06T07:08:09+00:00"
    assert told["gps"] == more["gps"]


async def test_half_a_place_is_none(reader: SandboxedReader, tmp_path: Path) -> None:
    path = tmp_path / "a"
    for place in ({**SOMEWHERE, 4: ((1, 0), (0, 0), (0, 0))}, {1: "N", 2: SOMEWHERE[2]}):
        path.write_bytes(encoded(quarters(), "image/jpeg", exif=b"Exif\0\0" + block(FIRST, SECOND, place)))
        told = await reader.read(path, "image/jpeg")
        assert told["camera_make"] == "Maker"
        assert "gps" not in told


async def test_a_film_that_says_nothing_tells_nothing(reader: SandboxedReader, tmp_path: Path) -> None:
    for name, mime_type in (("a.mp4", "video/mp4"), ("a.mkv", "video/x-matroska"), ("a.avi", "video/x-msvideo")):
        path = film(tmp_path / name, codec="mpeg4" if name == "a.avi" else "libx264")
        assert await reader.read(path, mime_type) == {}


async def test_one_call_tells_nothing_of_another(reader: SandboxedReader, tmp_path: Path) -> None:
    full, empty = tmp_path / "full", tmp_path / "empty"
    full.write_bytes(drawn("image/jpeg"))
    empty.write_bytes(encoded(quarters(), "image/jpeg"))
    for _ in range(3):
        assert (await reader.read(full, "image/jpeg"))["camera_make"] == "Maker"
        assert await reader.read(empty, "image/jpeg") == {}


async def test_a_text_without_end_is_cut_and_cleaned(reader: SandboxedReader, tmp_path: Path) -> None:
    path = tmp_path / "a"
    text = b"Author\0" + b"A\x1b[31m" + b"B" * 100_000
    chunk = struct.pack(">I", len(text)) + b"tEXt" + text + struct.pack(">I", zlib.crc32(b"tEXt" + text))
    body = encoded(quarters(), "image/png")
    path.write_bytes(body[:33] + chunk + body[33:])
    told = await reader.read(path, "image/png")
    assert len(told.get("artist", "")) <= 200
    assert "\x1b" not in str(told)


def told_of(program: int, what: str) -> str:
    return Path(f"/proc/{program}/{what}").read_text()


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@on_linux
async def test_it_is_as_confined_as_a_decoder(exiftool: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("S3_SECRET_KEY", "open sesame")
    secret = tmp_path / "secret.jpg"
    secret.write_bytes(drawn("image/jpeg"))
    async with readers(f"{ODD}:Curious") as curious:
        own = tmp_path / "own"
        own.write_bytes(f"{secret}\n{tmp_path / 'written'}\n".encode() + drawn("image/jpeg"))
        await curious.read(own, "image/jpeg", owner=OWNER)
        program = int((await curious.read(own, "text/pid", owner=OWNER))["iso"])
        facts = dict(line.split(":\t", 1) for line in told_of(program, "status").splitlines())
        assert (facts["Seccomp"], facts["NoNewPrivs"]) == ("2", "1")
        assert "sesame" not in told_of(program, "environ")
        assert str(READING.memory_bytes) in told_of(program, "limits")
        assert (await curious.read(own, "text/itself", owner=OWNER))["camera_make"] == "Maker"
        assert await curious.read(own, "text/other", owner=OWNER) == {}
        await curious.read(own, "text/writing", owner=OWNER)
        assert alive(program)
    assert names_in(tmp_path) == {"own", "secret.jpg"}, "nothing was written"
    assert await soon(lambda: not alive(program))


@on_linux
async def test_it_dies_with_the_decoder_that_it_belongs_to(exiftool: None, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(drawn("image/jpeg"))
    async with readers(f"{ODD}:Misbehaves") as odd:
        program = int((await odd.read(path, "text/pid"))["iso"])
        decoder = int(told_of(program, "status").split("PPid:\t")[1].split()[0])
        os.kill(decoder, signal.SIGKILL)
        assert await soon(lambda: not alive(program))
        # A read that comes before we have noticed the death goes with it.
        _, again = [await odd.read(path, "image/jpeg") for _ in range(2)]
        assert again["camera_make"] == "Maker"


GETS_AWAY = """#!{perl}
use Errno;
$| = 1;
my ($setsid, $setpgid, $prctl) = {numbers};
my %tried;
$tried{{prctl}} = syscall($prctl, 1, 0, 0, 0, 0) == -1 && $!{{EPERM}};
$tried{{setpgid}} = syscall($setpgid, 0, 0) == -1 && $!{{EPERM}};
$tried{{setsid}} = syscall($setsid) == -1 && $!{{EPERM}};
my $told = 0;
while (<STDIN>) {{
    $told = 1 if /^tell$/;
    next unless /^-execute/;
    print join(" ", sort grep {{ $tried{{$_}} }} keys %tried), "\\n" if $told;
    print "{{ready}}\\n";
}}
sleep 30;
"""
NUMBERS = {"x86_64": (112, 109, 157), "aarch64": (157, 154, 167)}


@pytest.mark.skipif(platform.machine() not in NUMBERS, reason="no filter is known for this machine")
@on_linux
async def test_a_program_that_was_taken_over_does_not_get_away(
    exiftool: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "exiftool"
    program.write_text(GETS_AWAY.format(perl=shutil.which("perl"), numbers=NUMBERS[platform.machine()]))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    (path := tmp_path / "a").write_bytes(b"anything")
    async with readers(f"{ODD}:Escapes", DecoderLimits(cpu_seconds=7, calls=11)) as odd:
        told = await odd.read(path, "image/jpeg")
        assert told["lens"] == "prctl setpgid setsid"
        taken_over = int(told["iso"])
        assert alive(taken_over)
        assert told_of(taken_over, "limits").split("Max cpu time")[1].split()[:2] == ["77", "77"]
        decoder = int(told_of(taken_over, "status").split("PPid:\t")[1].split()[0])
        os.kill(decoder, signal.SIGKILL)
        assert await soon(lambda: not alive(taken_over))


@pytest.mark.parametrize("way", ["hang", "die", "flood"])
async def test_an_exiftool_that_misbehaves_costs_one_file(exiftool: None, way: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(drawn("image/jpeg"))
    async with readers(f"{ODD}:Misbehaves", DecoderLimits(wall_seconds=2)) as odd:
        program = int((await odd.read(path, "text/pid"))["iso"])
        assert await odd.read(path, f"text/{way}") == {}
        assert await soon(lambda: not alive(program))
        assert (await odd.read(path, "image/jpeg"))["camera_make"] == "Maker"


@pytest.mark.skipif(not CORPUS.exists(), reason="no corpus at hand")
async def test_every_file_of_the_corpus_ends_well(reader: SandboxedReader, caplog: pytest.LogCaptureFixture) -> None:
    for line in MANIFEST.read_text().splitlines()[1:]:
        path = CORPUS / line.split("\t")[3]
        with path.open("rb") as file:
            mime_type = sniff(file.read(SNIFF_BYTES)).mime
        if path.stat().st_size < 5_000_000:
            await reader.read(path, mime_type)
    assert not caplog.messages, "the reader was never lost"
