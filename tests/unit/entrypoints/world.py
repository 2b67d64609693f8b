"""A whole Darkroom in memory, with people of every kind in it, and its real HTTP application."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from uuid import UUID, uuid4

import httpx2

from adapters.memory.blobs import MemoryBlobs
from application.jobs.finish_job import held, job_update
from domain.access import KeyScope, Role, UserCaller
from domain.audit import Origin
from domain.events import Event, EventKind
from domain.identity import User
from domain.inbox import ABANDONED_AFTER, WRITABLE_FOR, PresignedUpload
from domain.jobs import Job, JobKind, JobStatus
from domain.library import Entity
from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.media_kinds import MediaKind
from domain.pages import PageRequest
from domain.projects import Project
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.http.operations import Op
from entrypoints.settings import Settings, load_settings
from entrypoints.wiring.container import Darkroom
from tests.unit.entrypoints.streams import HangingUp

NOBODY = "anonymous"
PICTURE = b"\x89PNG\r\n\x1a\n the bytes of a picture"


@dataclass
class World:
    """Who there is (`headers`, by the name of the caller) and what belongs to the owner (`ids`)."""

    room: Darkroom
    client: httpx2.AsyncClient
    ops: tuple[Op, ...]
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    users: dict[str, UUID] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Afterwards the database, the store, the ids and the headers are as before: cheaper than another world.

        What the program remembers of its own accord stays, such as sessions that were alive a moment ago.
        """
        database = self.room.database().store._database  # type: ignore[attr-defined]
        rows, ids, headers, client = database.rows.copy(), dict(self.ids), dict(self.headers), self.client
        blobs, replays = self._memory_blobs()._kept, self.room.database().replays
        kept, replayed = dict(blobs), dict(replays._kept)  # type: ignore[attr-defined]
        try:
            yield
        finally:
            database.rows, self.ids, self.headers, self.client = rows, ids, headers, client
            blobs.clear()
            blobs.update(kept)
            replays._kept = replayed  # type: ignore[attr-defined]

    def _memory_blobs(self) -> MemoryBlobs:
        store: object = self.room.blobs().store
        while not isinstance(store, MemoryBlobs):
            store = store.store  # type: ignore[attr-defined]
        return store


@asynccontextmanager
async def world(**settings: str) -> AsyncIterator[World]:
    """An owner with a private project, a file and a key; a stranger and an admin with their own; a superuser."""
    wanted = chosen(**settings)
    room = Darkroom(settings=wanted)
    doors = room.doors()
    app = create_app(
        doors.every(),
        edge=EdgeConfig(public_url="http://darkroom.test", cors_origins=wanted.cors_origins, docs=False),
        authenticator=doors.authenticator(),
        replays=room.database().replays,
    )
    ops = tuple(op for door in doors.every() for op in door.operations())
    transport = httpx2.ASGITransport(HangingUp(app), raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client:
        made = World(room, client, ops, {NOBODY: {}})
        await _people(made)
        await _belongings(made)
        yield made


@cache
def chosen(**settings: str) -> Settings:
    """Read once: there are hundreds of worlds."""
    usual = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory", "RATE_LIMIT": "off", "REGISTRATION": "open"}
    return load_settings(**{**usual, **settings})


async def _people(here: World) -> None:
    for name, role in (("owner", Role.USER), ("stranger", Role.USER), ("admin", Role.ADMIN), ("su", Role.SU)):
        user = await add_user(here.room, name, role)
        here.users[name] = user.id
        here.headers[name] = await signed_in(here.room, user)


async def _belongings(here: World) -> None:
    project = await add_project(here, "owner")
    other = await add_project(here, "stranger")
    everything = frozenset(KeyScope)
    for name, where, scopes in (
        ("key", project, everything),
        ("foreign_key", other, everything),
        ("reading_key", project, frozenset({KeyScope.READ})),
        ("writing_key", project, frozenset({KeyScope.WRITE})),
    ):
        here.headers[name] = await add_key(here, where, scopes)
    file = await add_file(here.room, project)
    job = await add_job(here.room, file)
    here.ids |= {
        "project_id": str(project.id),
        "key_id": await _key_of(here, project),
        "file_id": str(file.id),
        "media_id": str(file.id),
        "asset_id": str(file.id),
        "upload_id": str((await add_upload(here, project)).id),
        "job_id": str(job.id),
        "user_id": str(here.users["owner"]),
        "session_id": await _session_of(here, "owner"),
        "key": file.key,
        "entity_id": str((await add_collection(here.room)).id),
    }


async def add_user(room: Darkroom, name: str, role: Role) -> User:
    now = room.clock().now()
    user = User(uuid4(), name, f"{name}@example.com", None, role, True, now, now)
    async with room.database().store.begin() as unit:
        await unit.users.add(user)
        await unit.commit()
    return user


async def signed_in(room: Darkroom, user: User) -> dict[str, str]:
    tokens = await room.identity().open_session()(user, Origin(), by="test")
    return {"Authorization": f"Bearer {tokens.access_token}"}


def caller_named(here: World, name: str) -> UserCaller:
    return UserCaller(here.users[name], name, Role.USER, frozenset())


async def add_project(here: World, owner: str, settings: Mapping[str, object] | None = None) -> Project:
    wanted = {"visibility": "private"} if settings is None else settings
    create: object = here.room.projects().create_project()
    made: Project = await create(caller_named(here, owner), f"{owner}'s", Origin(), settings=wanted)  # type: ignore[operator]
    return made


async def add_key(here: World, project: Project, scopes: frozenset[KeyScope]) -> dict[str, str]:
    owner = next(name for name, user_id in here.users.items() if user_id == project.owner_id)
    _, secret = await here.room.projects().create_api_key()(
        caller_named(here, owner), project.id, "test", Origin(), scopes=scopes
    )
    return {"X-Api-Key": secret}


async def add_file(room: Darkroom, project: Project) -> MediaFile:
    """A picture with one variant, both in the store."""
    now, file_id = room.clock().now(), uuid4()
    key, variant_key = f"{project.slug}-{project.id}/files/{file_id}.png", f"thumbs/{file_id}.png"
    variant = Variant(file_id, "thumb", "r", variant_key, "image/png", VariantStatus.READY, None, 1, 1, len(PICTURE))
    file = MediaFile(
        id=file_id,
        project_id=project.id,
        filename="picture.png",
        kind=MediaKind.IMAGE,
        mime_type="image/png",
        key=key,
        status=FileStatus.READY,
        created_at=now,
        updated_at=now,
        size=len(PICTURE),
        sha256="0" * 64,
        variants=(variant,),
    )
    for each in (key, variant_key):
        await room.blobs().store.put(each, _picture(), content_type="image/png")
    async with room.database().store.begin() as unit:
        await unit.files.add(file)
        await unit.projects.count(project.id, files=1, stored=file.stored_bytes)
        await unit.events.add(Event(EventKind.FILE_UPLOADED, project.id, now, file_id))
        await unit.commit()
    return file


async def add_collection(room: Darkroom) -> Entity:
    """An empty one, which belongs to everybody."""
    now = room.clock().now()
    async with room.database().store.begin() as unit:
        entity = await unit.entities.add(Entity("Albums", now, now, is_collection=True))
        await unit.commit()
    return entity


async def add_upload(here: World, project: Project) -> PresignedUpload:
    """One that was announced, and never sent."""
    now = here.room.clock().now()
    name, kind, soon, later = "a.png", "image/png", now + WRITABLE_FOR, now + ABANDONED_AFTER
    upload = PresignedUpload(uuid4(), project.owner_id, project.id, name, kind, 1, now, soon, later)
    async with here.room.database().store.begin() as unit:
        await unit.presigned_uploads.add(upload)
        await unit.commit()
    return upload


async def add_job(room: Darkroom, file: MediaFile) -> Job:
    """One that failed."""
    fresh = Job.fresh(uuid4(), JobKind.PROCESS_IMAGE, room.clock().now(), project_id=file.project_id, file_id=file.id)
    async with room.database().store.begin() as unit:
        await unit.jobs.add(fresh)
        await unit.events.add(job_update(fresh, JobStatus.PENDING, fresh.created_at))
        await unit.commit()
    (job,) = await room.database().queue.claim(slots=1, lease=timedelta(minutes=1))
    async with room.database().store.begin() as unit:
        await unit.jobs.fail(held(job), error="the picture cannot be read")
        await unit.events.add(job_update(job, JobStatus.FAILED, job.updated_at, error="the picture cannot be read"))
        await unit.commit()
    return job


async def _picture() -> AsyncIterator[bytes]:
    yield PICTURE


async def _key_of(here: World, project: Project) -> str:
    page = await here.room.database().api_keys.page(project.id, PageRequest())
    return str(page.items[0].id)


async def _session_of(here: World, name: str) -> str:
    sessions = await here.room.database().sessions.of_user(here.users[name], here.room.clock().now())
    return str(sessions[0].id)
