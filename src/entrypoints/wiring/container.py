"""The root: settings in, a whole program out."""

from dependency_injector import containers, providers

from entrypoints.settings import Settings
from entrypoints.wiring.blobs import BlobStores
from entrypoints.wiring.databases import Databases
from entrypoints.wiring.doors import Doors
from entrypoints.wiring.engines import Engines
from entrypoints.wiring.parts import Watched
from entrypoints.wiring.use_cases import UseCases


def watched_redis(settings: Settings) -> Watched | None:
    """Redis, where there is one."""
    if settings.redis_url is None:
        return None
    from adapters.redis.check import RedisCheck

    redis = RedisCheck(settings.redis_url)
    return Watched(redis.check, held=(redis,))


class Darkroom(containers.DeclarativeContainer):
    """Everything, each thing made when first asked for."""

    settings = providers.Dependency(instance_of=Settings)
    databases = providers.Container(Databases, settings=settings)
    blob_stores = providers.Container(BlobStores, settings=settings)
    engines = providers.Container(Engines, settings=settings)

    database = databases.selected
    blobs = blob_stores.selected
    engine = engines.selected

    use_cases = providers.Container(UseCases, settings=settings, database=database, blobs=blobs, engine=engine)
    redis = providers.Singleton(watched_redis, settings)
    doors = providers.Container(
        Doors, settings=settings, database=database, blobs=blobs, redis=redis, use_cases=use_cases
    )
