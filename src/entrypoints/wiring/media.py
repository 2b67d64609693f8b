"""Use cases about files and jobs, given the adapters they need."""

from dependency_injector import containers, providers

from application.files.addresses import Addresses
from application.files.delete_file import DeleteFile
from application.files.delete_files import DeleteFiles
from application.files.drop_blobs import DropBlobs
from application.files.link_makers import LinkMakers
from application.files.open_content import OpenContent
from application.files.share_content import ShareContent
from application.files.signed_links import SignedLinks
from application.identity.live_sessions import KnownAccounts
from application.identity.remember import Remember
from application.ports.clock import Clock
from application.ports.disk import Disk
from application.ports.ids import Ids
from application.ports.measures import Measures
from application.ports.seals import Seals
from application.ports.signals import Signals
from application.uploads.find_project import FindProject
from application.uploads.keep_arrival import KeepArrival
from application.uploads.read_picture_header import ReadPictureHeader
from application.uploads.upload_file import UploadFile
from application.uploads.upload_image import UploadImage
from application.variants.promise import Promise
from domain.image_headers.budget import DecodeLimits
from domain.placement import Placement
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine


class Media(containers.DeclarativeContainer):
    """From the upload of a picture to its variants."""

    settings = providers.Dependency(instance_of=Settings)
    measures: providers.Dependency[Measures] = providers.Dependency()
    disk: providers.Dependency[Disk] = providers.Dependency()
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    signals: providers.Dependency[Signals] = providers.Dependency()
    remember: providers.Dependency[Remember] = providers.Dependency()
    seals: providers.Dependency[Seals] = providers.Dependency()
    known_accounts: providers.Dependency[KnownAccounts] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    store = database.provided.store
    _limits = providers.Factory(
        DecodeLimits, max_pixels=settings.provided.max_pixels, max_side=settings.provided.max_side
    )

    addresses = providers.Singleton(Addresses, settings.provided.address, blobs.provided.public)
    placement = providers.Singleton(Placement, settings.provided.s3_public_bucket)
    promise = providers.Singleton(Promise, engine.provided.version, placement)
    find_project = providers.Singleton(FindProject, database.provided.projects)
    read_header = providers.Singleton(ReadPictureHeader, blobs.provided.store, _limits)
    keep_arrival = providers.Singleton(KeepArrival, store, blobs.provided.store, clock, measures, disk)
    upload_file = providers.Singleton(
        UploadFile, find_project, keep_arrival, clock, ids, settings.provided.max_upload_bytes, signals, placement
    )
    upload_image = providers.Singleton(
        UploadImage,
        find_project=find_project,
        keep=keep_arrival,
        read_header=read_header,
        promise=promise,
        signals=signals,
        clock=clock,
        ids=ids,
        max_bytes=settings.provided.max_upload_bytes,
        taken_types=engine.provided.reads,
    )
    drop_blobs = providers.Singleton(DropBlobs, blobs.provided.store)
    delete_files = providers.Singleton(DeleteFiles, store, database.provided.files, drop_blobs, remember, clock)
    delete_file = providers.Singleton(DeleteFile, delete_files)
    _makers = providers.Singleton(
        LinkMakers, known_accounts, database.provided.users, database.provided.api_keys, clock
    )
    _links = providers.Singleton(SignedLinks, seals, _makers, clock)
    open_content = providers.Singleton(OpenContent, database.provided.files, _links, addresses)
    share_content = providers.Singleton(ShareContent, database.provided.files, _links, addresses)
