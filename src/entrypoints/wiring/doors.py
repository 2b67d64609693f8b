"""Doors, given the use cases they open to."""

from collections.abc import Callable, Mapping, Sequence

from dependency_injector import containers, providers

from application.ports.direct_links import DirectLinks
from entrypoints.http.authenticator import RequestAuthenticator
from entrypoints.http.blob_responses import BlobResponses
from entrypoints.http.cursors import Cursors
from entrypoints.http.event_streams import EventStreams
from entrypoints.http.operations import Door
from entrypoints.http.routes.api_keys import ApiKeysDoor
from entrypoints.http.routes.assets import AssetsDoor
from entrypoints.http.routes.audit import AuditDoor
from entrypoints.http.routes.content import ContentDoor
from entrypoints.http.routes.events import EventsDoor
from entrypoints.http.routes.files import FilesDoor
from entrypoints.http.routes.health import HealthDoor, Readiness
from entrypoints.http.routes.home import HomeDoor
from entrypoints.http.routes.identity import IdentityDoor
from entrypoints.http.routes.inbox_uploads import InboxUploadsDoor
from entrypoints.http.routes.jobs import JobsDoor
from entrypoints.http.routes.library import LibraryDoor
from entrypoints.http.routes.media import MediaDoor
from entrypoints.http.routes.metrics import MetricsDoor
from entrypoints.http.routes.oauth import OAuthDoor
from entrypoints.http.routes.project_care import ProjectCareDoor
from entrypoints.http.routes.projects import ProjectsDoor
from entrypoints.http.routes.uploads import UploadsDoor
from entrypoints.http.routes.users import UsersDoor
from entrypoints.settings import Settings
from entrypoints.version import VERSION
from entrypoints.wiring.parts import Blobs, Database, Measuring, Redis

# Jobs, content and the audit log belong to more than one kind of client, and each of them can be served alone.
BEHIND: Mapping[str, frozenset[str]] = {
    "auth": frozenset({"people", "oauth", "users", "audit"}),
    "projects": frozenset({"projects", "project_care", "api_keys", "uploads", "files", "content", "jobs", "events"}),
    "inbox": frozenset({"inbox_uploads", "assets", "content", "jobs", "events", "audit"}),
    "media": frozenset({"media", "content"}),
    "library": frozenset({"library"}),
}
ALWAYS = frozenset({"health", "metrics", "home"})


def checks(database: Database, blobs: Blobs, redis: Redis | None) -> dict[str, object]:
    """What readiness depends on."""
    return {
        "database": database.store.check,
        "blobs": blobs.store.check,
        "redis": redis.check if redis else None,
    }


def offered(named: Sequence[str], **known: Callable[[], Door]) -> Sequence[Door]:
    """What is named, or everything; only that is made. In the order the documentation shows them."""
    wanted = {part for name in named or BEHIND for part in BEHIND[name]} | ALWAYS
    return [make() for part, make in known.items() if part in wanted]


def links_for_readers(settings: Settings, blobs: Blobs) -> DirectLinks | None:
    """What readers are sent on by, unless all bytes are to come from us."""
    return blobs.links if settings.serve == "redirect" else None


class Doors(containers.DeclarativeContainer):
    """Everything a client can reach."""

    settings = providers.Dependency(instance_of=Settings)
    measuring = providers.Dependency(instance_of=Measuring)
    database = providers.Dependency(instance_of=Database)
    blobs = providers.Dependency(instance_of=Blobs)
    redis: providers.Dependency[Redis | None] = providers.Dependency()
    identity = providers.DependenciesContainer()
    oauth = providers.DependenciesContainer()
    projects = providers.DependenciesContainer()
    media = providers.DependenciesContainer()
    ingest = providers.DependenciesContainer()
    library = providers.DependenciesContainer()
    inbox = providers.DependenciesContainer()
    work = providers.DependenciesContainer()

    readiness = providers.Singleton(Readiness)
    authenticator = providers.Singleton(RequestAuthenticator, identity.authenticate)
    _cursors = providers.Singleton(Cursors, identity.seals)
    _responses = providers.Singleton(
        BlobResponses,
        blobs.provided.store,
        identity.clock,
        providers.Callable(links_for_readers, settings, blobs),
    )

    people = providers.Singleton(
        IdentityDoor,
        register_user=identity.register,
        sign_in=identity.sign_in,
        sign_in_by_code=identity.sign_in_by_code,
        refresh_session=identity.refresh_session,
        change_password=identity.change_password,
        begin_totp=identity.begin_totp,
        confirm_totp=identity.confirm_totp,
        end_totp=identity.end_totp,
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
    projects_door = providers.Singleton(
        ProjectsDoor,
        projects.create_project,
        projects.change_project,
        projects.delete_project,
        projects.purge_project,
        projects.restore_project,
        database.provided.projects,
    )
    project_care = providers.Singleton(
        ProjectCareDoor,
        projects.request_sync,
        projects.plan_sync,
        projects.delete_originals,
        database.provided.projects,
        database.provided.usage,
        identity.clock,
    )
    api_keys = providers.Singleton(
        ApiKeysDoor,
        projects.create_api_key,
        projects.change_api_key,
        projects.delete_api_key,
        database.provided.projects,
        database.provided.api_keys,
    )
    uploads = providers.Singleton(
        UploadsDoor, media.upload_file, media.upload_image, database.provided.projects, media.addresses
    )
    files = providers.Singleton(
        FilesDoor,
        database.provided.files,
        database.provided.events,
        media.delete_file,
        media.delete_files,
        media.share_content,
        media.addresses,
        _cursors,
    )
    content = providers.Singleton(ContentDoor, media.open_content, _responses)
    library_door = providers.Singleton(
        LibraryDoor,
        database.provided.entities,
        library.create_entity,
        library.change_entity,
        library.delete_entity,
        library.open_file,
        _responses,
        library.authorize,
    )
    media_door = providers.Singleton(
        MediaDoor,
        database.provided.files,
        database.provided.ingested,
        ingest.refresh_media,
        media.addresses,
    )
    inbox_uploads = providers.Singleton(
        InboxUploadsDoor, inbox.presign_upload, inbox.receive_content, inbox.complete_upload, identity.clock
    )
    assets = providers.Singleton(
        AssetsDoor,
        database.provided.files,
        inbox.find_inbox,
        inbox.asset_pages,
        inbox.delete_asset,
        media.share_content,
        _cursors,
    )
    jobs = providers.Singleton(
        JobsDoor,
        database.provided.jobs,
        database.provided.events,
        database.provided.projects,
        work.retry_job,
        work.cancel_job,
        work.delete_job,
        identity.clock,
    )
    streams = providers.Singleton(
        EventStreams,
        work.follow_events,
        identity.live_sessions,
        readiness,
        identity.clock,
        each=settings.provided.max_streams_per_user,
    )
    events = providers.Singleton(EventsDoor, streams, database.provided.projects)
    metrics = providers.Singleton(
        MetricsDoor,
        measuring.provided.page,
        database.provided.backlog,
        settings.provided.metrics_token,
    )
    health = providers.Singleton(HealthDoor, providers.Callable(checks, database, blobs, redis), readiness, VERSION)
    home = providers.Singleton(HomeDoor)
    every = providers.Singleton(
        offered,
        settings.provided.doors,
        people=people.provider,
        oauth=oauth_door.provider,
        users=users.provider,
        projects=projects_door.provider,
        project_care=project_care.provider,
        api_keys=api_keys.provider,
        uploads=uploads.provider,
        files=files.provider,
        content=content.provider,
        inbox_uploads=inbox_uploads.provider,
        assets=assets.provider,
        media=media_door.provider,
        library=library_door.provider,
        jobs=jobs.provider,
        events=events.provider,
        audit=audit.provider,
        health=health.provider,
        metrics=metrics.provider,
        home=home.provider,
    )
