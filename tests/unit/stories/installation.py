"""A whole Darkroom, wired as the settings say, that a story can be told with: its people, its workers, its time."""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx2
from dependency_injector import providers
from sqlalchemy import text

from adapters.filesystem.blobs import SCRATCH
from adapters.memory.examiner import MemoryExaminer
from adapters.memory.transformer import MemoryTransformer
from adapters.system.clock import SystemClock
from application.projects.change_project import ProjectChanges
from application.uploads.incoming import Upload
from domain.access import EVERYTHING, KeyCaller, KeyScope, Permission, Role, UserCaller
from domain.audit import Origin
from domain.jobs import Job, LeaseLost
from domain.media import MediaFile
from domain.media_types import IMAGE_TYPES_TAKEN, JPEG
from domain.object_keys import original_key
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import Engine, opened
from tests.invariants import Rows, Scene
from tests.scenes import blobs_of, engine_for, left_in, rows_in, rows_of

T = TypeVar("T")

PUBLIC = "http://darkroom.test"
LEASE, GRACE = timedelta(seconds=30), timedelta(hours=1)
A_DAY = timedelta(days=1)
EVERYBODY = frozenset(KeyScope)
# What the database stamped, and so must be moved when its clock cannot be.
TIMES = {
    "jobs": ("run_at", "due_at", "created_at", "updated_at"),
    "files": ("created_at", "updated_at"),
    "projects": ("deleted_at", "erasing_at"),
}


class Installation:
    """Everything in this process; `database` and the folder say where it keeps things."""

    def __init__(self, database: str, folder: Path, *, blobs: str) -> None:
        self.database, self.folder = database, folder
        self.in_memory = database.startswith("memory")
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.ahead = timedelta(0)
        self.room = Darkroom(
            settings=load_settings(
                DATABASE_URL=database,
                BLOB_STORE=blobs,
                DATA_DIR=str(folder),
                PUBLIC_URL=PUBLIC,
                RATE_LIMIT="off",
                JOB_LEASE=str(LEASE.total_seconds()),
                UPLOAD_GRACE=str(GRACE.total_seconds()),
            )
        )
        engine = Engine(MemoryTransformer(), "pencil 1", IMAGE_TYPES_TAKEN, MemoryExaminer())
        self.room.engine.override(providers.Object(engine))
        if self.in_memory:
            # One clock for all: that of a database in memory can be set.
            self.room.database().store._database.clock = self.clock = _Ahead(self)  # type: ignore[attr-defined]
            self.room.clock.override(providers.Object(self.clock))
            self.room.blobs().store.store.clock = self.clock  # type: ignore[attr-defined]
        doors = self.room.doors()
        app = create_app(
            [doors.content()],
            edge=EdgeConfig(public_url="http://darkroom.test", docs=False),
            authenticator=doors.authenticator(),
        )
        transport = httpx2.ASGITransport(app, raise_app_exceptions=True)
        self.client = httpx2.AsyncClient(transport=transport, base_url=PUBLIC)
        self.run(self._open())

    async def _open(self) -> None:
        if not self.in_memory:
            await asyncio.to_thread(self.room.database().migrate)
        await self.stack.enter_async_context(opened([*self.room.database().held, *self.room.blobs().held]))
        owner = await self.room.identity().create_superuser()(f"owner-{uuid4()}", "the password of the owner")
        self.owner = UserCaller(owner.id, owner.username, Role.SU, frozenset(Permission))

    def close(self) -> None:
        self.run(self.client.aclose())
        self.run(self.stack.aclose())
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @property
    def media(self) -> Any:
        return self.room.media()

    @property
    def projects(self) -> Any:
        return self.room.projects()

    @property
    def workers(self) -> Any:
        return self.room.work()

    # People

    async def make_project(self, settings: Mapping[str, Any]) -> UUID:
        made = await self.projects.create_project()(self.owner, "Snaps", Origin(), settings=settings)
        return UUID(str(made.id))

    async def change(self, project: UUID, settings: Mapping[str, Any]) -> None:
        await self.projects.change_project()(self.owner, project, ProjectChanges(settings=settings), Origin())

    async def upload(self, project: UUID, body: bytes, *, picture: bool) -> MediaFile:
        upload = Upload("a.jpg", "image/jpeg", in_pieces(body), project)
        door = self.media.upload_image() if picture else self.media.upload_file()
        kept: MediaFile = await door(key_of(project), upload)
        return kept

    async def die_in_an_upload(self, project: UUID, body: bytes | None) -> str:
        """What an API leaves that was killed after the hidden row, or after the bytes as well: the key of both."""
        found = await self.room.database().projects.get(EVERYTHING, project)
        assert found is not None
        file_id, media = uuid4(), JPEG
        key = original_key(found.slug, project, file_id, media.extension)
        async with self.room.database().store.begin() as unit:
            file = MediaFile.arriving(project, file_id, "a.jpg", media, key, self.room.clock().now())
            await unit.files.add(file)
            await unit.commit()
        if body is not None:
            await self.room.blobs().store.put(key, in_pieces(body), content_type="image/jpeg")
        return key

    async def get(self, address: str, **options: Any) -> httpx2.Response:
        return await self.client.get(address, **options)

    # Workers

    async def claim(self, slots: int = 1) -> list[Job]:
        claimed: list[Job] = await self.workers.claim_job()(slots)
        return claimed

    async def do(self, job: Job) -> None:
        """Nothing stands in the way but somebody else who has the job by now."""
        error: Exception | None = await self.workers.run_job()(job)
        assert error is None or isinstance(error, LeaseLost), (job.kind, error)

    async def work(self, most: int = 1000) -> int:
        """Do what is due, one by one; how many that were."""
        for done in range(most):
            jobs = await self.claim()
            if not jobs:
                return done
            await self.do(jobs[0])
        return most

    # Time

    def pass_time(self, by: timedelta) -> None:
        """For rows, blobs and scratch alike."""
        if self.in_memory:
            self.ahead += by
        else:
            self._shift_rows(by)
        for root, _, names in os.walk(self.folder / "media_store"):
            for path in (Path(root, name) for name in names):
                then = path.stat().st_mtime - by.total_seconds()
                os.utime(path, (then, then))

    def _shift_rows(self, by: timedelta) -> None:
        sqlite = self.database.startswith("sqlite")
        moved = "{0} - :by" if sqlite else "{0} - make_interval(secs => :by)"
        amount = by // timedelta(microseconds=1) if sqlite else by.total_seconds()
        with engine_for(self.database).begin() as connection:
            for table, columns in TIMES.items():
                changes = ", ".join(f"{column} = {moved.format(column)}" for column in columns)
                connection.execute(text(f"UPDATE {table} SET {changes}"), {"by": amount})

    # What there is

    def rows(self) -> Rows:
        if self.in_memory:
            return rows_in(self.room.database().store._database)  # type: ignore[attr-defined]
        return rows_of(self.database)

    def scene(self, *, lease: timedelta = LEASE) -> Scene:
        blobs = self.run(blobs_of(self.room.blobs().store))
        scratch = left_in(self.folder / "media_store" / SCRATCH)
        return Scene(self.rows(), blobs, scratch, grace=GRACE, lease=lease)


class _Ahead(SystemClock):
    """The clock of an installation, which may be ahead of ours."""

    def __init__(self, place: Installation) -> None:
        self._place = place

    def now(self) -> datetime:
        return datetime.now(UTC) + self._place.ahead


def key_of(project: UUID) -> KeyCaller:
    return KeyCaller(UUID(int=1), project, EVERYBODY)


async def in_pieces(body: bytes, length: int = 1000) -> AsyncIterator[bytes]:
    for at in range(0, len(body), length):
        yield body[at : at + length]
