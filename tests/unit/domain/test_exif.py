"""EXIF: what it tells, and that nothing in it can hurt or hide."""

import io
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from domain.exif import read_exif, without_gps
from domain.exif_block import LONGEST_TEXT
from domain.image_headers.reading import read_header, read_header_from
from tests.tables import over_rows
from tests.unit.adapters.corpus import CORPUS
from tests.unit.domain.pictures import saved

FIRST: dict[int, Any] = {0x010F: "Maker", 0x0110: "Model 3", 0x0131: "Firmware 1.2", 0x013B: "Anna", 0x8298: "© Anna"}
SECOND: dict[int, Any] = {
    0x9003: "2024:05:06 07:08:09", 0x9011: "+02:00", 0x9291: "25",
    0x829A: (1, 200), 0x829D: (28, 10), 0x8827: 400, 0x920A: (50, 1), 0xA434: "50mm f/1.8",
    0x927C: b"secret maker note",
}  # fmt: skip
PLACE: dict[int, Any] = {
    1: "S", 2: ((33, 1), (51, 1), (3540, 100)), 3: "W", 4: ((151, 1), (12, 1), (0, 0)), 5: 1, 6: (125, 10)
}  # fmt: skip
FACTS = {
    "camera_make": "Maker", "camera_model": "Model 3", "software": "Firmware 1.2", "artist": "Anna",
    "copyright": "© Anna", "lens": "50mm f/1.8", "taken_at": "2024-05-06T07:08:09.250000+02:00",
    "exposure": 0.005, "f_number": 2.8, "iso": 400, "focal_length": 50.0,
}  # fmt: skip


def directory(tags: dict[int, Any], order: str, at: int) -> bytes:
    entries, behind = b"", b""
    for tag, value in sorted(tags.items()):
        match value:
            case str():
                kind, raw = 2, value.encode() + b"\0"
            case bytes():
                kind, raw = 7, value
            case int():
                kind, raw = (3, struct.pack(order + "H", value)) if tag not in {0x8769, 0x8825} else (
                    4, struct.pack(order + "I", value))  # fmt: skip
            case (int(), int()):
                kind, raw = 5, struct.pack(order + "II", *value)
            case _:
                kind, raw = 5, b"".join(struct.pack(order + "II", *each) for each in value)
        size = {2: 1, 3: 2, 4: 4, 5: 8, 7: 1}[kind]
        if tag == 5:
            kind, raw, size = 1, bytes([value]), 1
        held = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(
            order + "I", at + 6 + 12 * len(tags) + len(behind))  # fmt: skip
        entries += struct.pack(order + "HHI", tag, kind, len(raw) // size) + held
        behind += raw if len(raw) > 4 else b""
    return struct.pack(order + "H", len(tags)) + entries + bytes(4) + behind


def block(
    first: dict[int, Any] | None = None,
    second: dict[int, Any] | None = None,
    place: dict[int, Any] | None = None,
    order: str = "<",
) -> bytes:
    """An EXIF block that says this."""
    first = {**(first or {}), **({0x8769: 0} if second else {}), **({0x8825: 0} if place else {})}
    at = 8 + len(directory(first, order, 8))
    behind = b""
    for tag, tags in ((0x8769, second), (0x8825, place)):
        if tags:
            first[tag] = at + len(behind)
            behind += directory(tags, order, first[tag])
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", 8) + directory(first, order, 8) + behind


@pytest.mark.parametrize("order", ["<", ">"])
def test_everything_a_camera_says(order: str) -> None:
    told = read_exif(block({**FIRST, 0x0112: 6}, SECOND, PLACE, order))

    assert told == {
        **FACTS, "orientation": 6,
        "gps": {"latitude": -33.8598333, "longitude": -151.2, "altitude": -12.5},
    }  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
def test_without_the_place_the_camera_stays(order: str) -> None:
    fresh = without_gps(block({**FIRST, 0x0112: 6}, SECOND, PLACE, order))

    assert read_exif(fresh) == {**FACTS, "orientation": 1}
    assert b"secret" not in fresh
    image = Image.open(io.BytesIO(saved(Image.new("RGB", (8, 8)), "JPEG", exif=b"Exif\0\0" + fresh)))
    exif = image.getexif()
    assert (exif[0x010F], exif[0x0112], dict(exif.get_ifd(0x8825))) == ("Maker", 1, {})
    assert (exif.get_ifd(0x8769)[0x8827], float(exif.get_ifd(0x8769)[0x829A])) == (400, 0.005)


@over_rows(
    ("second", "told"),
    [
        ({0x9003: "2024:05:06 07:08:09"}, "2024-05-06T07:08:09"),
        ({0x9004: "2024:05:06 07:08:09", 0x9012: "-03:30"}, "2024-05-06T07:08:09-03:30"),
        ({0x9003: "2024:05:06 07:08:09", 0x9011: "+99:00"}, "2024-05-06T07:08:09"),
        ({0x9003: "0000:00:00 00:00:00"}, None),
        ({0x9003: "yesterday"}, None),
    ],
)
def test_the_moment_has_an_offset_only_where_the_camera_knew_it(second: dict[int, Any], told: str | None) -> None:
    assert read_exif(block(second=second)).get("taken_at") == told


@over_rows(
    ("text", "read"),
    [
        ("a\x1b[31mb\x07", "a[31mb"),
        ("tab\tand\r\nline", "tab and line"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("x" * 5000, "x" * LONGEST_TEXT),
        (" \x7f ", None),
    ],
)
def test_text_is_cleaned(text: str, read: str | None) -> None:
    assert read_exif(block({0x010F: text})).get("camera_make") == read


def test_latin_text_is_read_as_such() -> None:
    assert read_exif(block({0x010F: "Müller".encode("latin-1")})) == {"camera_make": "Müller"}


@over_rows(
    "place",
    [
        {2: ((10, 1), (0, 1), (0, 1)), 4: ((10, 1), (0, 1), (0, 1))},
        {**PLACE, 1: "E"},
        {**PLACE, 2: ((91, 1), (0, 1), (0, 1))},
        {**PLACE, 4: ((1, 0), (0, 1), (0, 1))},
        {**PLACE, 2: "33"},
    ],
)
def test_a_place_that_cannot_be_is_none(place: dict[int, Any]) -> None:
    assert "gps" not in read_exif(block(place=place))


def test_directories_that_point_at_themselves_end() -> None:
    entries = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    assert read_exif(b"II*\0" + struct.pack("<IH", 8, 2) + entries + bytes(4)) == {}


ANYTHING = st.binary(max_size=400)
DAMAGED = st.builds(
    lambda order, at, junk: (
        bytes((whole := block(FIRST, SECOND, PLACE, order))[: at % len(whole)])
        + junk
        + whole[at % len(whole) + len(junk) :]
    ),
    st.sampled_from("<>"),
    st.integers(0, 1000),
    st.binary(max_size=8),
)
HOSTILE = st.one_of(ANYTHING, ANYTHING.map(b"II*\0".__add__), ANYTHING.map(b"MM\0*\0\0\0\x08".__add__), DAMAGED)


@given(HOSTILE)
def test_no_bytes_hurt_and_none_slip_through(content: bytes) -> None:
    told = read_exif(content)
    assert all(len(value) <= LONGEST_TEXT for value in told.values() if isinstance(value, str))
    fresh = without_gps(content)
    assert read_exif(fresh) == {**{k: v for k, v in told.items() if k != "gps"}, "orientation": 1}
    assert without_gps(fresh) == fresh


@over_rows("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_the_block_is_found_in_every_format(kind: str) -> None:
    content = block(FIRST, SECOND, PLACE)
    file = saved(Image.new("RGB", (40, 24)), kind, exif=b"Exif\0\0" + content)
    for header in (
        read_header(file, complete=True),
        read_header_from(lambda at, length: file[at : at + length]),
    ):
        assert header is not None
        assert header.exif is not None
        assert read_exif(header.exif)["gps"]["latitude"] == -33.8598333
    plain = read_header(saved(Image.new("RGB", (40, 24)), kind), complete=True)
    assert plain is not None
    assert plain.exif is None


def corpus(category: str) -> list[Path]:
    return sorted((CORPUS / category).glob("*")) if CORPUS.is_dir() else []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not here")
def test_pictures_with_a_place_tell_it() -> None:
    headers = [read_header(path.read_bytes(), complete=True) for path in corpus("metadata-gps")]
    blocks = [header.exif for header in headers if header is not None and header.exif]
    assert blocks
    assert any("gps" in read_exif(each) for each in blocks)
    assert not any("gps" in read_exif(without_gps(each)) for each in blocks)
