"""What every reader of metadata promises."""

from pathlib import Path

import pytest

from application.ports.metadata_reader import MetadataReader
from domain.exif import read_exif
from domain.file_facts import believed
from domain.image_headers.reading import read_header
from tests.unit.contracts.drawn import encoded, quarters
from tests.unit.domain.test_exif import FACTS, FIRST, PLACE, SECOND, block

SOMEWHERE = {**PLACE, 4: ((151, 1), (12, 1), (0, 1))}
KINDS = ("image/jpeg", "image/png", "image/webp", "image/avif")


def drawn(mime_type: str) -> bytes:
    """A picture by a camera that tells everything."""
    return encoded(quarters(), mime_type, exif=b"Exif\0\0" + block({**FIRST, 0x0112: 6}, SECOND, SOMEWHERE))


class MetadataReaderContract:
    """Suite for `MetadataReader`; a subclass brings the fixture `reader`."""

    @pytest.mark.parametrize("mime_type", KINDS)
    async def test_a_picture_tells_the_same_whoever_reads_it(
        self, reader: MetadataReader, mime_type: str, tmp_path: Path
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(drawn(mime_type))
        header = read_header(path.read_bytes(), complete=True)
        assert header is not None
        assert header.exif is not None
        told, ours = await reader.read(path, mime_type), read_exif(header.exif)
        assert ours.keys() >= FACTS.keys()
        assert told == ours
        assert told["gps"] == {"latitude": -33.8598333, "longitude": -151.2, "altitude": -12.5}

    @pytest.mark.parametrize("mime_type", [*KINDS, "video/mp4", "audio/mpeg"])
    @pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"Make: A\n", b"#!/bin/sh\n", bytes(5000)])
    async def test_what_cannot_be_read_tells_nothing(
        self, reader: MetadataReader, mime_type: str, content: bytes, tmp_path: Path
    ) -> None:
        path = tmp_path / "a"
        path.write_bytes(content)
        assert await reader.read(path, mime_type) == {}

    @pytest.mark.parametrize("name", ["-ver", "--", "-@", "a b'\";$(id)|", "ä\n-Make", "%d%f", "source"])
    async def test_a_name_is_a_name_and_nothing_more(self, reader: MetadataReader, name: str, tmp_path: Path) -> None:
        path = tmp_path / name
        path.write_bytes(drawn("image/jpeg"))
        told = await reader.read(path, "image/jpeg")
        assert told["camera_make"] == "Maker"
        assert believed(told) == told
        assert path.read_bytes() == drawn("image/jpeg")
