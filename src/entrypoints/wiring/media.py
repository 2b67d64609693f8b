"""Use cases about projects, files and jobs, given the adapters they need."""

import random
from datetime import timedelta

from dependency_injector import containers, providers

from adapters.system.files import SystemFiles
from application.files.addresses import Addresses
from application.files.open_content import OpenContent
from application.identity.remember import Remember
from application.jobs.claim_job import ClaimJob
from application.jobs.fail_job import FailJob
from application.jobs.run_job import RunJob
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.projects.create_api_key import CreateApiKey
from application.projects.create_project import CreateProject
from application.uploads.find_project import FindProject
from application.uploads.keep_arrival import KeepArrival
from application.uploads.read_picture_header import ReadPictureHeader
from application.uploads.upload_file import UploadFile
from application.uploads.upload_image import UploadImage
from application.variants.make_variants import MakeVariants
from application.variants.promise import Promise
from application.variants.workbench import Workbench
from domain.image_headers.budget import DecodeLimits
from domain.jobs import JobKind
from domain.projects import UNLIMITED
from domain.settings import MIB
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine


def default_limit(settings: Settings) -> int:
    """What a new project may hold, in bytes."""
    return UNLIMITED if settings.default_quota == UNLIMITED else settings.default_quota * MIB


class Media(containers.DeclarativeContainer):
    """From the upload of a picture to its variants."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    signals: providers.Dependency[Signals] = providers.Dependency()
    remember: providers.Dependency[Remember] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    store = database.provided.store
    _lease = providers.Callable(timedelta, seconds=settings.provided.job_lease)
    _limits = providers.Factory(
        DecodeLimits, max_pixels=settings.provided.max_pixels, max_side=settings.provided.max_side
    )

    create_project = providers.Singleton(
        CreateProject,
        store,
        remember,
        clock,
        ids,
        providers.Callable(default_limit, settings),
        settings.provided.s3_public_bucket,
    )
    create_api_key = providers.Singleton(CreateApiKey, store, remember, clock, ids)

    addresses = providers.Singleton(Addresses, settings.provided.address, blobs.provided.public)
    promise = providers.Singleton(Promise, engine.provided.version)
    find_project = providers.Singleton(FindProject, database.provided.projects)
    keep_arrival = providers.Singleton(KeepArrival, store, blobs.provided.store, clock)
    upload_file = providers.Singleton(
        UploadFile, find_project, keep_arrival, clock, ids, settings.provided.max_upload_bytes
    )
    upload_image = providers.Singleton(
        UploadImage,
        find_project=find_project,
        keep=keep_arrival,
        read_header=providers.Singleton(ReadPictureHeader, blobs.provided.store, _limits),
        promise=promise,
        signals=signals,
        clock=clock,
        ids=ids,
        max_bytes=settings.provided.max_upload_bytes,
        taken_types=engine.provided.reads,
    )
    open_content = providers.Singleton(OpenContent, database.provided.files, database.provided.projects)

    workbench = providers.Singleton(
        Workbench, blobs.provided.store, providers.Singleton(SystemFiles), blobs.provided.local
    )
    make_variants = providers.Singleton(MakeVariants, store, engine.provided.transformer, workbench, promise, clock)
    fail_job = providers.Singleton(FailJob, store, clock, providers.Object(random.random))
    handlers = providers.Dict({JobKind.PROCESS_IMAGE: make_variants})
    claim_job = providers.Singleton(
        ClaimJob, database.provided.queue, fail_job, _lease, providers.Callable(list, handlers)
    )
    run_job = providers.Singleton(RunJob, handlers, database.provided.queue, fail_job, _lease)
