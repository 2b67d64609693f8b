"""Doors, given the use cases they open to."""

from collections.abc import Sequence

from dependency_injector import containers, providers

from entrypoints.http.authenticator import RequestAuthenticator
from entrypoints.http.blob_responses import BlobResponses
from entrypoints.http.operations import Door
from entrypoints.http.routes.audit import AuditDoor
from entrypoints.http.routes.files import FilesDoor
from entrypoints.http.routes.health import HealthDoor, Readiness
from entrypoints.http.routes.home import HomeDoor
from entrypoints.http.routes.identity import IdentityDoor
from entrypoints.http.routes.oauth import OAuthDoor
from entrypoints.http.routes.projects import ProjectsDoor
from entrypoints.http.routes.uploads import UploadsDoor
from entrypoints.http.routes.users import UsersDoor
from entrypoints.settings import Settings
from entrypoints.version import VERSION
from entrypoints.wiring.parts import Blobs, Database, Redis


def checks(database: Database, blobs: Blobs, redis: Redis | None) -> dict[str, object]:
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
    redis: providers.Dependency[Redis | None] = providers.Dependency()
    identity = providers.DependenciesContainer()
    oauth = providers.DependenciesContainer()
    media = providers.DependenciesContainer()

    readiness = providers.Singleton(Readiness)
    authenticator = providers.Singleton(RequestAuthenticator, identity.authenticate)
    _responses = providers.Singleton(BlobResponses, blobs.provided.store, blobs.provided.links)

    people = providers.Singleton(
        IdentityDoor,
        register_user=identity.register,
        sign_in=identity.sign_in,
        refresh_session=identity.refresh_session,
        end_sessions=identity.end_sessions,
        access_tokens=identity.access_tokens,
        accounts=identity.known_accounts,
        own_sessions=database.provided.sessions,
        clock=identity.clock,
    )
    oauth_door = providers.Singleton(OAuthDoor, oauth.begin_oauth, oauth.finish_oauth)
    users = providers.Singleton(
        UsersDoor,
        identity.create_user,
        identity.change_user,
        identity.delete_user,
        identity.keep_roles,
        database.provided.users,
        database.provided.roles,
    )
    audit = providers.Singleton(AuditDoor, database.provided.audit)
    projects = providers.Singleton(
        ProjectsDoor,
        media.create_project,
        media.create_api_key,
        database.provided.projects,
        database.provided.api_keys,
    )
    uploads = providers.Singleton(
        UploadsDoor, media.upload_file, media.upload_image, database.provided.projects, media.addresses
    )
    files = providers.Singleton(
        FilesDoor,
        database.provided.files,
        database.provided.projects,
        media.open_content,
        media.addresses,
        _responses,
    )
    health = providers.Singleton(HealthDoor, providers.Callable(checks, database, blobs, redis), readiness, VERSION)
    home = providers.Singleton(HomeDoor)
    every = providers.Singleton(all_doors, people, oauth_door, users, projects, uploads, files, audit, health, home)
