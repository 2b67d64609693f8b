"""Use cases of the inbox, given the adapters they need."""

from dependency_injector import containers, providers

from application.identity.remember import Remember
from application.inbox.arrivals import Arrivals
from application.inbox.asset_pages import AssetPages
from application.inbox.complete_upload import Acceptance, CompleteUpload
from application.inbox.delete_asset import DeleteAsset
from application.inbox.examine_upload import ExamineUpload
from application.inbox.find_inbox import FindInbox
from application.inbox.hash_file import HashFile
from application.inbox.personal_project import PersonalProject
from application.inbox.pin_upload import PinUpload
from application.inbox.presign_upload import PresignUpload
from application.inbox.receive_content import ReceiveContent
from application.inbox.upload_links import UploadLinks
from application.ports.clock import Clock
from application.ports.disk import Disk
from application.ports.ids import Ids
from application.ports.seals import Seals
from application.ports.signals import Signals
from application.uploads.read_picture_header import ReadPictureHeader
from domain.image_headers.budget import DecodeLimits
from domain.projects import limit_of
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine


class Inbox(containers.DeclarativeContainer):
    """From an announced upload to an asset."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    media = providers.DependenciesContainer()
    disk: providers.Dependency[Disk] = providers.Dependency()
    signals: providers.Dependency[Signals] = providers.Dependency()
    remember: providers.Dependency[Remember] = providers.Dependency()
    seals: providers.Dependency[Seals] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    _store = database.provided.store
    _bytes = blobs.provided.store
    _uploads = database.provided.presigned_uploads
    _limits = providers.Factory(
        DecodeLimits, max_pixels=settings.provided.max_pixels, max_side=settings.provided.max_side
    )

    personal_project = providers.Singleton(
        PersonalProject,
        personal=database.provided.personal_projects,
        projects=database.provided.projects,
        store=_store,
        remember=remember,
        clock=clock,
        ids=ids,
        default_limit=providers.Callable(limit_of, settings.provided.default_quota),
    )
    find_inbox = providers.Singleton(FindInbox, personal_project, database.provided.projects)
    _links = providers.Singleton(UploadLinks, seals, clock, settings.provided.address, blobs.provided.links)
    presign_upload = providers.Singleton(
        PresignUpload, find_inbox, _links, _store, remember, clock, ids, settings.provided.max_upload_bytes
    )
    receive_content = providers.Singleton(ReceiveContent, _links, _uploads, _store, _bytes, disk)
    _examine = providers.Singleton(
        ExamineUpload,
        _bytes,
        providers.Singleton(ReadPictureHeader, _bytes, _limits),
        engine.provided.reads,
        settings.provided.max_upload_bytes,
    )
    _arrivals = providers.Singleton(Arrivals, media.promise, ids)
    complete_upload = providers.Singleton(
        CompleteUpload,
        uploads=_uploads,
        projects=database.provided.projects,
        blobs=_bytes,
        accept=providers.Singleton(
            Acceptance,
            _examine,
            providers.Singleton(PinUpload, _store, _bytes, _arrivals, clock),
            blobs.provided.moves,
            media.keep_arrival,
        ),
        remember=remember,
        signals=signals,
        clock=clock,
    )
    hash_file = providers.Singleton(HashFile, _store, _bytes, signals, clock)
    asset_pages = providers.Singleton(AssetPages, database.provided.files)
    delete_asset = providers.Singleton(DeleteAsset, media.delete_files)
