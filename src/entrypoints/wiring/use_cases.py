"""Use cases, given the adapters they need."""

import random
from datetime import timedelta

from dependency_injector import containers, providers

from adapters.crypto.access_tokens import JwtAccessTokens
from adapters.crypto.passwords import Argon2Passwords
from adapters.system.clock import SystemClock
from adapters.system.files import SystemFiles
from adapters.system.ids import SystemIds
from application.files.addresses import Addresses
from application.files.open_content import OpenContent
from application.identity.authenticate import Authenticate
from application.identity.create_superuser import CreateSuperuser
from application.identity.refresh_session import RefreshSession
from application.identity.sign_in import SignIn, TokenLifetimes
from application.identity.sign_out import SignOut
from application.jobs.claim_job import ClaimJob
from application.jobs.fail_job import FailJob
from application.jobs.run_job import RunJob
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
from domain.sniffing import IMAGE_TYPES_TAKEN
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine


def lifetimes(settings: Settings) -> TokenLifetimes:
    """How long tokens are good for."""
    return TokenLifetimes(
        access=timedelta(seconds=settings.access_token_seconds),
        refresh=timedelta(seconds=settings.refresh_token_seconds),
    )


def default_limit(settings: Settings) -> int:
    """What a new project may hold, in bytes."""
    return UNLIMITED if settings.default_quota == UNLIMITED else settings.default_quota * MIB


class UseCases(containers.DeclarativeContainer):
    """Everything Darkroom can do."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(SystemIds)
    store = database.provided.store
    _lease = providers.Callable(timedelta, seconds=settings.provided.job_lease)
    _limits = providers.Factory(
        DecodeLimits, max_pixels=settings.provided.max_pixels, max_side=settings.provided.max_side
    )

    passwords = providers.Singleton(Argon2Passwords)
    access_tokens = providers.Singleton(JwtAccessTokens, database.provided.secrets, clock, settings.provided.jwt_secret)
    _lifetimes = providers.Callable(lifetimes, settings)
    authenticate = providers.Singleton(
        Authenticate, access_tokens, database.provided.sessions, database.provided.api_keys, clock
    )
    create_superuser = providers.Singleton(CreateSuperuser, store, passwords, clock, ids)
    sign_in = providers.Singleton(SignIn, store, passwords, access_tokens, clock, ids, _lifetimes)
    refresh_session = providers.Singleton(RefreshSession, store, access_tokens, clock, ids, _lifetimes)
    sign_out = providers.Singleton(SignOut, store, clock)

    create_project = providers.Singleton(CreateProject, store, clock, ids, providers.Callable(default_limit, settings))
    create_api_key = providers.Singleton(CreateApiKey, store, clock, ids)

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
        signals=database.provided.signals,
        clock=clock,
        ids=ids,
        max_bytes=settings.provided.max_upload_bytes,
        taken_types=IMAGE_TYPES_TAKEN,
    )
    open_content = providers.Singleton(OpenContent, database.provided.files, database.provided.projects)

    workbench = providers.Singleton(
        Workbench, blobs.provided.store, providers.Singleton(SystemFiles), blobs.provided.local
    )
    make_variants = providers.Singleton(MakeVariants, store, engine.provided.transformer, workbench, promise, clock)
    fail_job = providers.Singleton(FailJob, store, clock, providers.Object(random.random))
    claim_job = providers.Singleton(ClaimJob, database.provided.queue, fail_job, _lease)
    handlers = providers.Dict({JobKind.PROCESS_IMAGE: make_variants})
    run_job = providers.Singleton(RunJob, handlers, database.provided.queue, fail_job, _lease)
