"""XMP is cut, never expanded, and what cannot be read goes as a whole."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.places.xmp import cleaned_xmp
from tests.tables import over_rows
from tests.unit.domain.places.told import XMP


@over_rows(
    ("before", "after"),
    [
        (b"<a><exif:GPSLatitude>1</exif:GPSLatitude>x</a>", b"<a>x</a>"),
        (b"<a><City/>x</a>", b"<a>x</a>"),
        (b"<a City='Wien' b='c'>x</a>", b"<a b='c'>x</a>"),
        (b'<a x:Lat="1"/>', b"<a/>"),
        (b"<City><City>a</City>b</City>", b""),
        (b"<a><!-- <City> -->x<?y <City?><![CDATA[<City>]]></a>", b"<a><!--<City>-->x<?y<City?><![CDATA[<City>]]></a>"),
        (b"<a note='+48.2085+016.3731/'>x</a>", b"<a>x</a>"),
        (b"<a xmlns:gps='http://x/'>x</a>", b"<a xmlns:gps='http://x/'>x</a>"),
    ],
)
def test_a_place_is_blanked(before: bytes, after: bytes) -> None:
    fresh = cleaned_xmp(before, everything=False)
    assert len(fresh) == len(before)
    assert fresh.replace(b" ", b"") == after.replace(b" ", b"")


@over_rows(
    "broken",
    [
        b"<a><b></a>",
        b"<a>",
        b"</a>",
        b"<a b=c>City</a>",
        b"<a <City>",
        b"<!DOCTYPE a [<!ENTITY b 'City'>]><a>&b;</a>",
        XMP.decode().encode("utf-16"),
        b"<a>" * 300 + b"</a>" * 300,
    ],
)
def test_what_cannot_be_read_goes(broken: bytes) -> None:
    fresh = cleaned_xmp(broken, everything=False)
    assert len(fresh) == len(broken)
    assert fresh.strip() in {b"", b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'}


@over_rows(
    "told",
    [
        b'<r:D e:DigitalSourceType="http://x/trained"/>',
        b"<r:D><e:DigitalSourceType> http://x/trained </e:DigitalSourceType></r:D>",
        b"<r:D><e:DigitalSourceType rdf:resource='http://x/trained'/></r:D>",
    ],
)
def test_how_it_came_to_be_stays(told: bytes) -> None:
    packet = told + b"<!-- Wien -->".ljust(400)
    fresh = cleaned_xmp(packet, everything=True)
    assert len(fresh) == len(packet)
    assert b'DigitalSourceType="http://x/trained"' in fresh
    assert b"Wien" not in fresh
    assert cleaned_xmp(told, everything=True).strip() == b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'
    assert b"evil" not in cleaned_xmp(b"<e:DigitalSourceType>a'/><evil".ljust(400), everything=True)


@given(st.binary() | st.text("<>/!-[]CDATA?='\" a:City", max_size=200).map(str.encode), st.booleans())
def test_no_bytes_hurt(content: bytes, everything: bool) -> None:
    fresh = cleaned_xmp(content, everything=everything)
    assert len(fresh) == len(content)
    assert cleaned_xmp(fresh, everything=everything) == fresh


@pytest.mark.slow
@over_rows(
    "piece", [b"<!--", b"<![CDATA[", b"<?", b"<a b='", b"<a ", b"<a b='c' ", b"<a>", b"<a/>", b"<", b"</a>", b"  \n"]
)
def test_long_ones_take_as_much_longer_as_they_are(piece: bytes) -> None:
    start = time.process_time()
    cleaned_xmp(piece * (100_000 // len(piece)), everything=False)
    cleaned_xmp(b"<a " + piece * (100_000 // len(piece)), everything=False)
    assert time.process_time() - start < 20
