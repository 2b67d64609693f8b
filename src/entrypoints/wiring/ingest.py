"""Films and sound, and where media are brought in from."""

from collections.abc import Sequence
from pathlib import Path

from dependency_injector import containers, providers

from adapters.system.files import SystemFiles
from application.files.screen_original import ScreenOriginal
from application.ingest.ingest_media import IngestMedia
from application.ingest.ingest_object import IngestObject
from application.ingest.source import FindIntakeProject, Intake
from application.media.process_media import ProcessMedia
from application.media.refresh_media import RefreshMedia
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.variants.workbench import Workbench
from domain.cron import Cron
from domain.jobs import JobKind
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine, Opened, Origin


def origin_of(settings: Settings) -> Origin | None:
    """The source that the settings name."""
    named = settings.ingest_source
    if named is None:
        return None
    if not named.startswith("s3://"):
        from adapters.filesystem.source import FilesystemSource

        return Origin(FilesystemSource(Path(named)))
    from adapters.minio.bucket import Bucket
    from adapters.minio.location import S3Location
    from adapters.minio.source import MinioSource

    name, _, prefix = named.removeprefix("s3://").partition("/")
    location = S3Location(
        endpoint=settings.s3_endpoint or f"https://s3.{settings.s3_region}.amazonaws.com",
        region=settings.s3_region,
        access_key=settings.s3_access_key or "",
        secret_key=settings.s3_secret_key or "",
        bucket=name,
    )
    bucket = Bucket(location)
    return Origin(MinioSource(bucket, prefix), held=(bucket,))


def intake_of(settings: Settings, origin: Origin | None) -> Intake | None:
    """What is brought in, for whom and when."""
    if origin is None or settings.ingest_project is None:
        return None
    schedule = Cron.parse(settings.ingest_schedule) if settings.ingest_schedule else None
    return Intake(origin.source, settings.ingest_project, schedule)


def schedules(intake: Intake | None) -> dict[JobKind, Cron]:
    """What is done by the clock."""
    return {JobKind.INGEST_MEDIA: intake.schedule} if intake and intake.schedule else {}


def held_of(origin: Origin | None) -> Sequence[Opened]:
    """What is to be opened before it can be used."""
    return origin.held if origin else ()


class Ingest(containers.DeclarativeContainer):
    """From a source, or an upload, to facts and a poster."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    media = providers.DependenciesContainer()
    signals: providers.Dependency[Signals] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    _store = database.provided.store
    _origin = providers.Singleton(origin_of, settings)
    held = providers.Callable(held_of, _origin)
    intake = providers.Singleton(intake_of, settings, _origin)
    schedules = providers.Callable(schedules, intake)
    find_project = providers.Singleton(FindIntakeProject, database.provided.projects)

    _workbench = providers.Singleton(
        Workbench,
        blobs.provided.store,
        providers.Singleton(SystemFiles),
        database.provided.file_batches,
        blobs.provided.local,
    )
    _screen = providers.Singleton(
        ScreenOriginal,
        _store,
        _workbench,
        providers.Singleton(SystemFiles),
        clock,
        settings.provided.s3_public_bucket,
    )
    process_media = providers.Singleton(
        ProcessMedia, _store, engine.provided.examiner, _workbench, media.promise, signals, clock, ids, _screen
    )
    ingest_media = providers.Singleton(IngestMedia, intake, find_project, _store, signals, clock, ids)
    ingest_object = providers.Singleton(
        IngestObject, intake, media.upload_file, media.upload_image, _store, signals, clock
    )
    refresh_media = providers.Singleton(RefreshMedia, intake, find_project, _store, signals, clock, ids)
