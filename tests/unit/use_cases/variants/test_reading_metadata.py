"""What a reader of metadata tells of a picture goes with the file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.reader import MemoryReader
from domain.jobs import Job, JobKind
from domain.media import FileStatus, MediaFile
from tests.unit.contracts.metadata_reader import drawn
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.studio import Studio, sent

pytestmark = pytest.mark.anyio


class CountingReader(MemoryReader):
    """It remembers how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def read(self, source: Path, mime_type: str, *, owner: UUID | None = None) -> Mapping[str, Any]:
        self.asked += 1
        return await super().read(source, mime_type)


@pytest.fixture
def reader() -> CountingReader:
    return CountingReader()


async def uploaded(studio: Studio, **known: Any) -> MediaFile:
    """A picture of which only this is known so far."""
    file = await studio.upload_image(studio.key, sent(drawn("image/jpeg")))
    async with studio.store.begin() as unit:
        await unit.files.save(replace(file, metadata=known))
        await unit.commit()
    return file


async def test_what_is_read_counts_and_what_is_not_stays(reader: CountingReader) -> None:
    studio = await Studio(reader=reader).open()
    file = await uploaded(studio, camera_make="Other", other="stays")
    await studio.make_variants(await studio.claimed())
    told = (await studio.file(file.id)).metadata
    assert (told["camera_make"], told["camera_model"], told["other"]) == ("Maker", "Model 3", "stays")
    assert told["gps"]["latitude"] == -33.8598333


async def test_a_picture_is_read_once(reader: CountingReader) -> None:
    studio = await Studio(reader=reader).open()
    file = await uploaded(studio)
    job = await studio.claimed()
    await studio.make_variants(job)
    assert (await studio.file(file.id)).status is FileStatus.READY
    again = Job.fresh(studio.ids.new(), JobKind.SYNC_FILE_VARIANTS, NOW, project_id=file.project_id, file_id=file.id)
    async with studio.store.begin() as unit:
        await unit.jobs.add(again)
        await unit.commit()
    await studio.sync_file_variants(await studio.claimed())
    assert reader.asked == 1


async def test_without_a_reader_what_is_known_stays() -> None:
    studio = await Studio().open()
    file = await uploaded(studio, camera_make="Other")
    await studio.make_variants(await studio.claimed())
    assert (await studio.file(file.id)).metadata == {"camera_make": "Other"}
