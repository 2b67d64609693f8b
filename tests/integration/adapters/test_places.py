"""exiftool as the judge: it writes places wherever it knows how to, and finds none afterwards."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
from PIL import Image

from adapters.ffmpeg.engine import FfmpegEngine
from domain.image_headers.budget import DecodeLimits
from domain.places.cleaning import place_patches
from domain.places.patches import patched
from domain.settings import StripMetadata
from tests.servers.process import completed
from tests.unit.adapters.corpus import CORPUS
from tests.unit.adapters.films import film
from tests.unit.contracts.drawn import display_p3, encoded, quarters
from tests.unit.domain.places.told import FORMATS, silent, telling

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("exiftool")]
PLACES = (
    "-GPSLatitude=48.2085", "-GPSLatitudeRef=N", "-GPSLongitude=16.3731", "-GPSLongitudeRef=E", "-GPSAltitude=171",
    "-XMP-exif:GPSLatitude=48.2085", "-XMP-exif:GPSLongitude=16.3731", "-XMP-photoshop:City=Wien",
    "-XMP-photoshop:State=Wien", "-XMP-photoshop:Country=Austria", "-XMP-iptcCore:Location=Stephansplatz",
    "-XMP-iptcExt:LocationShownCity=Wien", "-XMP-iptcExt:LocationCreatedSublocation=Stephansplatz", "-IPTC:City=Wien",
    "-IPTC:Sub-location=Stephansplatz", "-Keys:GPSCoordinates=48.2085,16.3731,171",
    "-UserData:GPSCoordinates=48.2085,16.3731,171", "-ItemList:GPSCoordinates=48.2085,16.3731,171",
    "-Keys:LocationName=Stephansplatz", "-UserData:LocationInformation=Stephansplatz",
)  # fmt: skip
OTHERS = (
    "-EXIF:Artist=Anna", "-XMP-dc:Title=A title", "-IPTC:ObjectName=A title", "-Keys:Title=A title",
    "-XMP-iptcExt:DigitalSourceType=http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture",
)  # fmt: skip
TELLING = ("gps", "location", "city", "state", "country", "latitude", "longitude")
ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif", "image/tiff": "tiff",
    "image/avif": "avif", "image/heic": "heic", "video/mp4": "mp4", "video/quicktime": "mov",
}  # fmt: skip


def exiftool(*arguments: str) -> str:
    done = completed(["exiftool", "-m", *arguments], seconds=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def told(path: Path) -> Mapping[str, Any]:
    """Everything that is told in a file, by group and name."""
    answer: list[dict[str, Any]] = json.loads(
        exiftool("-j", "-a", "-G1", "-ee", "-api", "LargeFileSupport=1", str(path))
    )
    left_out = ("System", "ExifTool:ExifToolVersion", "SourceFile", "File:")
    return {name: value for name, value in answer[0].items() if not name.startswith(left_out)}


def places(facts: Mapping[str, Any]) -> set[str]:
    names = {name for name in facts if any(word in name.lower() for word in TELLING)}
    return {name for name in names if not name.startswith(("ICC", "File"))}


def cleaned(path: Path, mime_type: str, strip: StripMetadata) -> Path:
    body = path.read_bytes()
    patches = place_patches(mime_type, lambda at, length: body[at : at + length], len(body), strip)
    fresh = path.with_stem(f"{path.stem}-{strip}")
    fresh.write_bytes(patched(body, patches))
    return fresh


def written(mime_type: str, folder: Path) -> Path:
    """A file in which exiftool has written a place in every way it knows."""
    path = folder / f"a.{ENDINGS[mime_type]}"
    if mime_type.startswith("video/"):
        film(path)
    elif mime_type == "image/heic":
        pillow_heif.from_pillow(quarters((64, 48))).save(path, quality=90)
    else:
        options = {} if mime_type == "image/gif" else {"icc_profile": display_p3()}
        path.write_bytes(encoded(quarters((64, 48)), mime_type, **options))
    exiftool("-q", "-overwrite_original", "-IFD0:Orientation#=6", *PLACES, *OTHERS, str(path))
    return path


@pytest.mark.parametrize("mime_type", ENDINGS)
@pytest.mark.parametrize("strip", [StripMetadata.GPS, StripMetadata.ALL])
async def test_no_place_is_found_any_more(mime_type: str, strip: StripMetadata, tmp_path: Path) -> None:
    path = written(mime_type, tmp_path)
    before = told(path)
    fresh = cleaned(path, mime_type, strip)
    after = told(fresh)
    assert places(before)
    assert places(after) == set()
    assert not [name for name in after if "Warning" in name or "Error" in name]
    assert after["XMP-iptcExt:DigitalSourceType"] == before["XMP-iptcExt:DigitalSourceType"]
    assert after.get("IFD0:Orientation") == before.get("IFD0:Orientation")
    titles = [name for name in before if name.endswith((":Title", ":ObjectName", ":Artist"))]
    assert titles
    assert [name for name in titles if name in after] == (titles if strip is StripMetadata.GPS else [])


@pytest.mark.parametrize("mime_type", [kind for kind in ENDINGS if kind.startswith("image/")])
@pytest.mark.parametrize("strip", [StripMetadata.GPS, StripMetadata.ALL])
async def test_pixels_and_colours_are_the_same(mime_type: str, strip: StripMetadata, tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    path = written(mime_type, tmp_path)
    before, after = Image.open(path), Image.open(cleaned(path, mime_type, strip))
    assert after.tobytes() == before.tobytes()
    assert after.info.get("icc_profile") == before.info.get("icc_profile")


@pytest.mark.parametrize("mime_type", ["video/mp4", "video/quicktime"])
async def test_a_film_is_the_same_film(mime_type: str, tmp_path: Path) -> None:
    path = written(mime_type, tmp_path)
    look = FfmpegEngine(DecodeLimits()).examine
    seen = []
    for each in (path, cleaned(path, mime_type, StripMetadata.ALL)):
        folder = tmp_path / f"poster of {each.stem}"
        folder.mkdir()
        examined = await asyncio.to_thread(look, each, mime_type, folder)
        assert examined.poster is not None
        recording = examined.recording
        seen.append((recording.duration, recording.width, recording.video_codec, examined.poster.path.read_bytes()))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("mime_type", FORMATS)
async def test_what_we_wrote_ourselves_is_clean_for_others_too(mime_type: str, tmp_path: Path) -> None:
    for name, body in (("telling", telling(mime_type)), ("silent", silent(mime_type))):
        path = tmp_path / f"{name}.{ENDINGS[mime_type]}"
        path.write_bytes(body)
        assert bool(places(told(path))) is (name == "telling")
        for strip in (StripMetadata.GPS, StripMetadata.ALL):
            assert places(told(cleaned(path, mime_type, strip))) == set()


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of odd files is not at hand")
async def test_photographs_of_cameras(tmp_path: Path) -> None:
    for found in sorted((CORPUS / "metadata-gps").glob("*.jpg")):
        path = tmp_path / found.name
        path.write_bytes(found.read_bytes())
        for strip in (StripMetadata.GPS, StripMetadata.ALL):
            fresh = cleaned(path, "image/jpeg", strip)
            assert places(told(path))
            assert places(told(fresh)) == set()
            assert Image.open(fresh).tobytes() == Image.open(path).tobytes()
