"""Use cases about projects as such, given the adapters they need."""

from dependency_injector import containers, providers

from application.files.drop_blobs import DropBlobs
from application.identity.remember import Remember
from application.maintenance.find_exposed import FindExposed
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from application.projects.change_api_key import ChangeApiKey
from application.projects.change_project import ChangeProject
from application.projects.create_api_key import CreateApiKey
from application.projects.create_project import CreateProject
from application.projects.delete_api_key import DeleteApiKey
from application.projects.delete_originals import DeleteOriginals
from application.projects.delete_project import DeleteProject
from application.projects.erase_project import EraseProject
from application.projects.purge_project import PurgeProject
from application.projects.request_sync import RequestSync
from application.projects.restore_project import RestoreProject
from application.variants.plan_sync import PlanSync
from application.variants.promise import Promise
from domain.projects import limit_of
from entrypoints.settings import Settings
from entrypoints.wiring.parts import Blobs, Database, Engine


class Projects(containers.DeclarativeContainer):
    """From the making of a project to its erasing."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    signals: providers.Dependency[Signals] = providers.Dependency()
    remember: providers.Dependency[Remember] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()

    _store = database.provided.store
    _batches = database.provided.file_batches
    _default_limit = providers.Callable(limit_of, settings.provided.default_quota)
    _promise = providers.Singleton(Promise, engine.provided.version)

    create_project = providers.Singleton(
        CreateProject,
        store=_store,
        projects=database.provided.projects,
        remember=remember,
        clock=clock,
        ids=ids,
        default_limit=_default_limit,
        most=settings.provided.max_projects_per_user,
    )
    change_project = providers.Singleton(
        ChangeProject,
        store=_store,
        remember=remember,
        promise=_promise,
        signals=signals,
        clock=clock,
        ids=ids,
        default_limit=_default_limit,
        public_bucket=settings.provided.s3_public_bucket,
    )
    delete_project = providers.Singleton(DeleteProject, _store, remember, clock)
    restore_project = providers.Singleton(RestoreProject, _store, remember, signals, clock, ids)

    _erase = providers.Singleton(EraseProject, _store, _batches, blobs.provided.store, database.provided.history)
    purge_project = providers.Singleton(PurgeProject, _store, _erase, remember, signals, clock, ids)

    find_exposed = providers.Singleton(
        FindExposed, database.provided.projects, _batches, settings.provided.read_auth_enabled
    )
    request_sync = providers.Singleton(RequestSync, _store, signals, clock, ids)
    plan_sync = providers.Singleton(PlanSync, _batches, _promise)
    delete_originals = providers.Singleton(
        DeleteOriginals,
        _store,
        _batches,
        providers.Singleton(DropBlobs, blobs.provided.store),
        _promise,
        remember,
        clock,
    )

    create_api_key = providers.Singleton(CreateApiKey, _store, remember, clock, ids)
    change_api_key = providers.Singleton(ChangeApiKey, _store, remember, clock)
    delete_api_key = providers.Singleton(DeleteApiKey, _store, remember)
