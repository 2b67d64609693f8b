"""The root: settings in, a whole program out."""

from dependency_injector import containers, providers

from adapters.system.clock import SystemClock
from adapters.system.ids import SystemIds
from entrypoints.settings import Settings
from entrypoints.wiring.backups import Backups
from entrypoints.wiring.blobs import selected_blobs
from entrypoints.wiring.databases import Databases
from entrypoints.wiring.disks import reserved_disk
from entrypoints.wiring.doors import Doors
from entrypoints.wiring.engines import Engines
from entrypoints.wiring.identity import Identity
from entrypoints.wiring.inbox import Inbox
from entrypoints.wiring.ingest import Ingest
from entrypoints.wiring.library import Library
from entrypoints.wiring.limiters import Limiters
from entrypoints.wiring.measuring import measured_blobs, measuring_of
from entrypoints.wiring.media import Media
from entrypoints.wiring.oauth import OAuth
from entrypoints.wiring.projects import Projects
from entrypoints.wiring.redis import redis_of
from entrypoints.wiring.signals import Signalling
from entrypoints.wiring.tracing import traced_blobs, traced_database, traced_engine, traces_of, tracing_of
from entrypoints.wiring.work import Work


class Darkroom(containers.DeclarativeContainer):
    """Everything, each thing made when first asked for."""

    settings = providers.Dependency(instance_of=Settings)
    program: providers.Provider[str | None] = providers.Object(None)
    """Which of the programs that run for long this is, if any: it shows what all of them on this machine measure."""
    measuring = providers.Singleton(measuring_of, settings, program)
    measures = measuring.provided.measures
    tracing = providers.Singleton(tracing_of, settings)
    traces = providers.Callable(traces_of, tracing)
    databases = providers.Container(Databases, settings=settings, measures=measures, traces=traces)
    blob_store = providers.Singleton(selected_blobs, settings)
    engines = providers.Container(Engines, settings=settings, measures=measures)
    redis = providers.Singleton(redis_of, settings)
    signalling = providers.Container(Signalling, settings=settings, redis=redis)
    limiters = providers.Container(Limiters, settings=settings, redis=redis)

    database = providers.Singleton(traced_database, databases.selected, traces)
    blobs = providers.Singleton(traced_blobs, providers.Singleton(measured_blobs, blob_store, measures), traces)
    engine = providers.Singleton(traced_engine, engines.selected, traces)
    disk = providers.Singleton(reserved_disk, settings, blob_store)
    carrier = signalling.selected
    limiter = limiters.selected

    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(SystemIds)
    backups = providers.Singleton(Backups, database, blobs, clock)
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
        measures=measures,
        disk=disk,
        database=database,
        blobs=blobs,
        engine=engine,
        signals=carrier.provided.signals,
        remember=identity.remember,
        seals=identity.seals,
        known_accounts=identity.known_accounts,
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
        disk=disk,
        signals=carrier.provided.signals,
        remember=identity.remember,
        seals=identity.seals,
        clock=clock,
        ids=ids,
    )
    work = providers.Container(
        Work,
        settings=settings,
        measures=measures,
        traces=traces,
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
        remember=identity.remember,
        signals=carrier.provided.signals,
        clock=clock,
        ids=ids,
        media=media,
    )
    doors = providers.Container(
        Doors,
        settings=settings,
        measuring=measuring,
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
