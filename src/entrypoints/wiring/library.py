"""Use cases about the library, given the adapters they need."""

from dependency_injector import containers, providers

from adapters.crypto.external_tokens import PemTokens
from application.identity.authenticate import Authenticate
from application.identity.remember import Remember
from application.library.authorize_entity import AuthorizeEntity
from application.library.change_entity import ChangeEntity
from application.library.create_entity import CreateEntity
from application.library.delete_entity import DeleteEntity
from application.library.free_key import FreeKey
from application.library.keep_media import KeepMedia
from application.library.open_entity_file import OpenEntityFile
from application.library.open_library import OpenLibrary
from application.library.take_place import TakePlace
from application.ports.clock import Clock
from application.ports.ids import Ids
from application.ports.signals import Signals
from domain.entity_access import EntityMode
from entrypoints.settings import BadSettings, Settings
from entrypoints.wiring.parts import Blobs, Database, Engine


def trusted_tokens(settings: Settings, clock: Clock) -> PemTokens | None:
    """Tokens of the service whose public key we were given; without one, our own are the only ones."""
    path = settings.external_key
    if path is None:
        return None
    try:
        return PemTokens.of_file(path, clock, settings.external_token_audience, settings.external_token_issuer)
    except ValueError as error:
        raise BadSettings(f"PUBLIC_KEY_PATH: {error}") from None


def library_is_public(settings: Settings) -> bool:
    """Whether its files lie where a public bucket gives them to everybody, as everybody may read entities."""
    return settings.s3_public_bucket and not settings.read_auth_enabled


class Library(containers.DeclarativeContainer):
    """From an entity's file to its versions."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    engine = providers.Dependency(instance_of=Engine)
    authenticate: providers.Dependency[Authenticate] = providers.Dependency()
    remember: providers.Dependency[Remember] = providers.Dependency()
    signals: providers.Dependency[Signals] = providers.Dependency()
    clock: providers.Dependency[Clock] = providers.Dependency()
    ids: providers.Dependency[Ids] = providers.Dependency()
    media = providers.DependenciesContainer()

    _store = database.provided.store

    authorize = providers.Singleton(
        AuthorizeEntity,
        providers.Factory(EntityMode, settings.provided.auth_disabled, settings.provided.read_auth_enabled),
        authenticate,
        providers.Singleton(trusted_tokens, settings, clock),
    )
    open_library = providers.Singleton(
        OpenLibrary,
        _store,
        database.provided.projects,
        database.provided.secrets,
        clock,
        ids,
        providers.Callable(library_is_public, settings),
    )
    _take_place = providers.Singleton(
        TakePlace,
        _store,
        blobs.provided.moves,
        providers.Singleton(FreeKey, _store, database.provided.file_batches),
        clock,
        media.placement,
    )
    _keep_media = providers.Singleton(
        KeepMedia,
        store=_store,
        keep=media.keep_arrival,
        take_place=_take_place,
        read_header=media.read_header,
        promise=media.promise,
        signals=signals,
        ids=ids,
        max_bytes=settings.provided.max_upload_bytes,
        pictures=engine.provided.reads,
    )
    create_entity = providers.Singleton(CreateEntity, _store, open_library, _keep_media, clock)
    change_entity = providers.Singleton(
        ChangeEntity, _store, database.provided.entities, open_library, _keep_media, clock
    )
    delete_entity = providers.Singleton(
        DeleteEntity, _store, open_library, blobs.provided.store, media.drop_blobs, remember, clock, ids
    )
    open_file = providers.Singleton(OpenEntityFile, database.provided.entities, database.provided.files)
