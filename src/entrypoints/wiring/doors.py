"""Doors, given the use cases they open to."""

from collections.abc import Sequence

from dependency_injector import containers, providers

from entrypoints.http.authenticator import RequestAuthenticator
from entrypoints.http.blob_responses import BlobResponses
from entrypoints.http.operations import Door
from entrypoints.http.routes.files import FilesDoor
from entrypoints.http.routes.health import HealthDoor, Readiness
from entrypoints.http.routes.home import HomeDoor
from entrypoints.http.routes.identity import IdentityDoor
from entrypoints.http.routes.projects import ProjectsDoor
from entrypoints.http.routes.uploads import UploadsDoor
from entrypoints.settings import Settings
from entrypoints.version import VERSION
from entrypoints.wiring.parts import Blobs, Database, Watched


def checks(database: Database, blobs: Blobs, redis: Watched | None) -> dict[str, object]:
    """What readiness depends on."""
    return {
        "database": database.store.check,
        "blobs": blobs.store.check,
        "redis": redis.check if redis else None,
    }


def all_doors(*doors: Door) -> Sequence[Door]:
    """In the order the documentation shows them."""
    return doors


class Doors(containers.DeclarativeContainer):
    """Everything a client can reach."""

    settings = providers.Dependency(instance_of=Settings)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    redis: providers.Dependency[Watched | None] = providers.Dependency()
    use_cases = providers.DependenciesContainer()

    readiness = providers.Singleton(Readiness)
    authenticator = providers.Singleton(RequestAuthenticator, use_cases.authenticate)
    _responses = providers.Singleton(BlobResponses, blobs.provided.store, blobs.provided.links)

    identity = providers.Singleton(
        IdentityDoor, use_cases.sign_in, use_cases.refresh_session, use_cases.sign_out, database.provided.users
    )
    projects = providers.Singleton(
        ProjectsDoor,
        use_cases.create_project,
        use_cases.create_api_key,
        database.provided.projects,
        database.provided.api_keys,
    )
    uploads = providers.Singleton(
        UploadsDoor, use_cases.upload_file, use_cases.upload_image, database.provided.projects, use_cases.addresses
    )
    files = providers.Singleton(
        FilesDoor,
        database.provided.files,
        database.provided.projects,
        use_cases.open_content,
        use_cases.addresses,
        _responses,
    )
    health = providers.Singleton(HealthDoor, providers.Callable(checks, database, blobs, redis), readiness, VERSION)
    home = providers.Singleton(HomeDoor)
    every = providers.Singleton(all_doors, identity, projects, uploads, files, health, home)
