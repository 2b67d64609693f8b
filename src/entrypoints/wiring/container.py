"""The root: settings in, a whole program out."""

from dependency_injector import containers, providers

from adapters.system.clock import SystemClock
from adapters.system.ids import SystemIds
from entrypoints.settings import Settings
from entrypoints.wiring.blobs import BlobStores
from entrypoints.wiring.databases import Databases
from entrypoints.wiring.doors import Doors
from entrypoints.wiring.engines import Engines
from entrypoints.wiring.identity import Identity
from entrypoints.wiring.inbox import Inbox
from entrypoints.wiring.ingest import Ingest
from entrypoints.wiring.library import Library
from entrypoints.wiring.limiters import Limiters
from entrypoints.wiring.media import Media
from entrypoints.wiring.oauth import OAuth
from entrypoints.wiring.projects import Projects
from entrypoints.wiring.redis import redis_of
from entrypoints.wiring.signals import Signalling
from entrypoints.wiring.work import Work


class Darkroom(containers.DeclarativeContainer):
    """Everything, each thing made when first asked for."""

    settings = providers.Dependency(instance_of=Settings)
    databases = providers.Container(Databases, settings=settings)
    blob_stores = providers.Container(BlobStores, settings=settings)
    engines = providers.Container(Engines, settings=settings)
    redis = providers.Singleton(redis_of, settings)
    signalling = providers.Container(Signalling, settings=settings, redis=redis)
    limiters = providers.Container(Limiters, settings=settings, redis=redis)

    database = databases.selected
    blobs = blob_stores.selected
    engine = engines.selected
    carrier = signalling.selected
    limiter = limiters.selected

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(SystemIds)
    identity = providers.Container(
        Identity,
        settings=settings,
        database=database,
        signals=carrier.provided.signals,
        limiter=limiter,
        clock=clock,
        ids=ids,
    )
    oauth = providers.Container(OAuth, settings=settings, database=database, identity=identity, clock=clock, ids=ids)
    projects = providers.Container(
        Projects,
        settings=settings,
        database=database,
        blobs=blobs,
        engine=engine,
        signals=carrier.provided.signals,
        remember=identity.remember,
        clock=clock,
        ids=ids,
    )
    media = providers.Container(
        Media,
        settings=settings,
        database=database,
        blobs=blobs,
        engine=engine,
        signals=carrier.provided.signals,
        remember=identity.remember,
        seals=identity.seals,
        clock=clock,
        ids=ids,
    )
    ingest = providers.Container(
        Ingest,
        settings=settings,
        database=database,
        blobs=blobs,
        engine=engine,
        media=media,
        signals=carrier.provided.signals,
        clock=clock,
        ids=ids,
    )
    inbox = providers.Container(
        Inbox,
        settings=settings,
        database=database,
        blobs=blobs,
        engine=engine,
        media=media,
        signals=carrier.provided.signals,
        remember=identity.remember,
        seals=identity.seals,
        clock=clock,
        ids=ids,
    )
    work = providers.Container(
        Work,
        settings=settings,
        database=database,
        blobs=blobs,
        engine=engine,
        promise=media.promise,
        hash_file=inbox.hash_file,
        ingest=ingest,
        remember=identity.remember,
        signals=carrier.provided.signals,
        clock=clock,
        ids=ids,
    )
    library = providers.Container(
        Library,
        settings=settings,
        database=database,
        blobs=blobs,
        engine=engine,
        authenticate=identity.authenticate,
        signals=carrier.provided.signals,
        clock=clock,
        ids=ids,
        media=media,
    )
    doors = providers.Container(
        Doors,
        settings=settings,
        database=database,
        blobs=blobs,
        redis=redis,
        identity=identity,
        oauth=oauth,
        projects=projects,
        media=media,
        ingest=ingest,
        library=library,
        inbox=inbox,
        work=work,
    )
