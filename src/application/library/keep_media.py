"""The bytes of an entity come in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.library.take_place import Check, KnownBytes, TakePlace, refuse_twin
from application.media.queue_media import media_job
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.ports.unit_of_work import Store, UnitOfWork
from application.uploads.incoming import IncomingBytes, Upload
from application.uploads.keep_arrival import KeepArrival
from application.uploads.pictures import described, picture_job
from application.uploads.read_picture_header import ReadPictureHeader
from application.uploads.screen_arrival import screened
from application.variants.promise import Promise
from domain.access import EVERYTHING
from domain.jobs import JOBS_TOPIC, Job
from domain.library import Entity, check_media
from domain.media import FileStatus, MediaFile
from domain.media_kinds import MediaKind
from domain.object_keys import arrival_key
from domain.projects import Project
from domain.recordings import RECORDINGS
from domain.settings import OnDuplicate
from domain.sniffing import SNIFF_BYTES, MediaType, sniff
from domain.uploads import check_not_empty, check_type, upload_limit


@dataclass(frozen=True, slots=True)
class Writing:
    """How an entity is written that has the file of an id and an md5; `check` refuses what never can be."""

    check: Check
    write: Callable[[UnitOfWork, UUID, str], Awaitable[Entity]]


@dataclass(frozen=True, slots=True)
class KeepMedia:
    """Keep a file of the library together with the entity it belongs to: both are seen at once, or neither."""

    store: Store
    keep: KeepArrival
    take_place: TakePlace
    read_header: ReadPictureHeader
    promise: Promise
    signals: Signals
    ids: Ids
    max_bytes: int
    pictures: frozenset[str]

    async def __call__(
        self, project: Project, upload: Upload, told: Callable[[], Writing], *, replacing: int | None = None
    ) -> Entity:
        """What `told` answers, once the whole form is there, writes the entity; `replacing` is the one that changes."""
        # A second entity of the same bytes is refused; a file that somebody else put into the project is no entity.
        project = replace(project, settings=replace(project.settings, on_duplicate=OnDuplicate.ALLOW))
        limit = upload_limit(project.settings, self.max_bytes)
        incoming = IncomingBytes(upload.chunks, limit=limit, announced=upload.expected_size)
        media = sniff(await incoming.head(SNIFF_BYTES))
        check_not_empty(empty=incoming.empty)
        check_media(media.kind, media.mime, self.pictures)
        check_type(project.settings, media.mime)
        file, job = self._arriving(project, upload, media)
        # What waits has no copy yet: its key is settled by its md5, and the worker goes by what the row says.
        file = replace(file, screened=(await screened(incoming, project, media.mime, library=True)).clean)
        written: list[Entity] = []
        header = await self.read_header.early(incoming) if file.kind is MediaKind.IMAGE else None
        writing: list[Writing] = []

        async def settle(kept: MediaFile) -> MediaFile:
            writing.append(told())
            if kept.kind is MediaKind.IMAGE:
                kept = described(kept, header or await self.read_header.stored(kept), kept.variants)
            else:
                kept = replace(kept, status=FileStatus.PROCESSING if job else FileStatus.READY)
            return await self.take_place(project, kept, replacing, writing[0].check)

        async def along(unit: UnitOfWork, shown: MediaFile) -> None:
            await refuse_twin(unit, shown, replacing)
            written.append(await writing[0].write(unit, shown.id, shown.md5 or ""))

        try:
            await self.keep(project, file, incoming, settle=settle, job=job, along=along)
        except KnownBytes as known:
            return await self._again(project, writing[0], known.file_id, incoming.md5)
        await self.signals.send(JOBS_TOPIC)
        return written[0]

    def _arriving(self, project: Project, upload: Upload, media: MediaType) -> tuple[MediaFile, Job | None]:
        file_id, now = self.ids.new(), self.take_place.clock.now()
        key = arrival_key(project.slug, project.id, file_id, media.extension)
        file = MediaFile.arriving(project.id, file_id, upload.filename, media, key, now)
        if media.kind is not MediaKind.IMAGE:
            return file, media_job(self.ids.new(), file, now) if media.mime in RECORDINGS else None
        variants = self.promise.variants(project, file, self.promise.choose(project.settings))
        return replace(file, variants=variants), picture_job(self.ids.new(), file, variants)

    async def _again(self, project: Project, writing: Writing, file_id: UUID, md5: str) -> Entity:
        async with self.store.begin() as unit:
            await unit.projects.get(EVERYTHING, project.id)
            entity = await writing.write(unit, file_id, md5)
            await unit.commit()
        return entity
