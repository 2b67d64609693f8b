"""An installation that may be treated badly: its programs, what it is asked, and what lies behind its back."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from adapters.filesystem.blobs import SCRATCH, FilesystemBlobs
from adapters.minio.blobs import MinioBlobs
from adapters.minio.bucket import Bucket
from adapters.minio.location import S3Location
from application.maintenance.sweep_orphans import SweepOrphans
from application.ports.blob_store import BlobStore
from domain.access import KeyScope, Permission, Role, UserCaller
from domain.audit import Origin
from entrypoints.settings import Settings, load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import opened
from tests.integration.stories.running import (
    PATIENCE,
    PROGRAM,
    darkroom,
    environment,
    free_port,
    wait_until_ready,
)
from tests.invariants import JobRow, Rows, Scene, Stored, check
from tests.scenes import blobs_of, engine_for, left_in, living_in, rows_of
from tests.servers import http
from tests.servers.process import started
from tests.unit.contracts.drawn import encoded, noise

PASSWORD = "correct horse battery staple"
WORKER_READY = "Worker | ready"
LEASE, GRACE = 2.0, 2.0
# Short enough for a test to wait for, all of it.
QUICK = {
    "JOB_LEASE": str(LEASE),
    "POLL_INTERVAL": "0.2",
    "GRACE": str(GRACE),
    "WORKER_CONCURRENCY": "1",
    "RATE_LIMIT": "off",
}
ODD_PROGRAM = (sys.executable, "-m", "tests.integration.faults.odd_program")
ROOT = Path(__file__).resolve().parents[3]
QUICK_VARIANTS = {"thumb": {"format": "webp", "width": 60}, "wide": {"format": "jpeg", "width": 120}}
# Takes long enough to be met in the middle.
SLOW_VARIANTS = {**QUICK_VARIANTS, "slow": {"format": "avif", "width": 400, "effort": 5}}
PHOTO = encoded(noise((800, 600)), "image/jpeg")

Straight = Callable[[], AbstractAsyncContextManager[BlobStore]]


@dataclass
class Place:
    """One installation; `straight` leads to its store past whatever stands in the way of its programs."""

    folder: Path
    settings: dict[str, str]
    straight: Straight
    scratch: tuple[Path, ...] = ()
    key: dict[str, str] = field(default_factory=dict)
    project_id: str = ""

    @property
    def database(self) -> str:
        return self.settings["DATABASE_URL"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings['PORT']}"

    def with_settings(self, **more: str) -> "Place":
        """The same installation with some settings changed."""
        return replace(self, settings={**self.settings, **more})

    # Programs

    @contextmanager
    def started(
        self, *arguments: str, program: tuple[str, ...] = PROGRAM, **more: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A running command, which may die; if it lives at the end it is asked to leave, in whatever state it is."""
        with self.log(arguments[0]).open("ab") as log:
            child = started(
                [*program, *arguments],
                cwd=self.folder,
                env={**environment({**self.settings, **more}), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield child
            part_from(child)
        finally:
            kill(child)

    @contextmanager
    def api(self, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        """The API, once it is ready."""
        with self.started("serve", **options) as child:
            wait_until_ready(self.url, child, self.log("serve"))
            yield child

    @contextmanager
    def worker(self, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
        """A worker, once it looks for jobs."""
        before = self.told("worker").count(WORKER_READY)

        def ready() -> bool:
            return self.told("worker").count(WORKER_READY) > before

        with self.started("worker", **options) as child:
            until(lambda: ready() or child.poll() is not None)
            assert ready(), self.told("worker")
            yield child

    def run(self, *arguments: str) -> str:
        """A command, to its good end."""
        return darkroom(*arguments, settings=self.settings, folder=self.folder)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def told(self, name: str) -> str:
        return self.log(name).read_text() if self.log(name).exists() else ""

    # Clients

    def upload(self, body: bytes = PHOTO, door: str = "image", **options: Any) -> httpx2.Response:
        files = {"file": ("me & you.jpg", body, "image/jpeg")}
        return http.post(f"{self.url}/upload/{door}", files=files, headers=self.key, **{"timeout": 60, **options})

    def uploaded(self, body: bytes = PHOTO, door: str = "image") -> str:
        answer = self.upload(body, door)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def get(self, path: str) -> httpx2.Response:
        return http.get(f"{self.url}{path}", headers=self.key, timeout=60, follow_redirects=True)

    # Behind its back

    def rows(self) -> Rows:
        return rows_of(self.database)

    def job(self, file_id: str) -> JobRow:
        (job,) = [job for job in self.rows().jobs if job.file_id == UUID(file_id)]
        return job

    def job_facts(self, file_id: str) -> dict[str, Any]:
        """What the checker's rows leave out."""
        query = text("SELECT status, attempts, crashes, last_error FROM jobs WHERE CAST(file_id AS text) = :file")
        with engine_for(self.database).connect() as connection:
            return dict(connection.execute(query, {"file": file_id}).mappings().one())

    def status(self, file_id: str) -> str:
        (file,) = [file for file in self.rows().files if file.id == UUID(file_id)]
        return file.status

    def until_settled(self, *file_ids: str, seconds: float = PATIENCE) -> None:
        wanted = set(map(UUID, file_ids))

        def settled() -> bool:
            rows = self.rows()
            waiting = [file for file in rows.files if file.id in wanted and file.status == "processing"]
            return not waiting and not [job for job in rows.jobs if job.file_id in wanted and _goes_on(job)]

        until(settled, seconds, told=lambda: self.told("worker"))

    def until_under_way(self, file_id: str) -> None:
        """Until the decoder has it: whoever is stopped earlier may hold rows that others then wait for."""

        def said() -> bool:
            told = self.get(f"/files/{file_id}/timeline").json()["events"]
            return any(event.get("status") == "processing" for event in told)

        until(said, told=lambda: self.told("worker"))

    def blobs(self) -> dict[str, Stored]:
        async def look() -> dict[str, Stored]:
            async with self.straight() as store:
                return await blobs_of(store)

        return asyncio.run(look())

    def grow_old(self) -> None:
        """Let what lies in scratch folders be too old to belong to anybody alive."""
        for path in map(Path, left_in(*self.scratch)):
            os.utime(path, (0, 0), follow_symlinks=False)

    def scene(self, *, running: bool = False) -> Scene:
        """Everything there is; while programs run, they and their own folders are not looked at."""
        left = [name for name in left_in(*self.scratch) if not (running and _of_decoders(name))]
        return Scene(
            self.rows(),
            self.blobs(),
            left,
            () if running else living_in(self.folder),
            # Nobody has swept yet while we look on.
            timedelta(hours=1) if running else timedelta(seconds=GRACE),
            timedelta(seconds=LEASE),
        )

    def check(self, *, running: bool = False) -> None:
        """Every promise holds."""
        check(self.scene(running=running))

    def check_after_sweep(self) -> None:
        """Every promise holds once the grace is over and somebody has swept."""
        self.grow_old()
        time.sleep(GRACE + 0.2)
        self.sweep()
        if any(map(_of_decoders, left_in(*self.scratch))):
            # Folders of decoders that were killed with their worker wait for the next one to start.
            with self.worker():
                pass
        self.check()

    def sweep(self) -> None:
        """With the short grace of this place."""

        async def once() -> None:
            async with sweeping(load_settings(**self.settings), GRACE) as sweep:
                await sweep()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tempfile, "tempdir", self.settings["TMPDIR"])
            asyncio.run(once())


def _goes_on(job: JobRow) -> bool:
    return job.status in {"pending", "processing"}


def _of_decoders(name: str) -> bool:
    return Path(name).name.startswith("darkroom-decoder-")


def until(condition: Callable[[], bool], seconds: float = PATIENCE, told: Callable[[], str] = str) -> None:
    """Looking less and less often, since a look may cost as much as what it waits for."""
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        assert waited < seconds, f"it never happened\n{told()}"
        time.sleep(min(max(0.02, waited / 10), 0.25))


def kill(child: "subprocess.Popen[bytes]") -> None:
    """At once, and everything it may have started in its session."""
    if child.poll() is None:
        os.kill(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdin is not None:
        child.stdin.close()


def part_from(child: "subprocess.Popen[bytes]") -> None:
    """Politely, so that it tidies up."""
    if child.poll() is None:
        for number in (signal.SIGTERM, signal.SIGCONT):
            child.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            child.wait(PATIENCE / 2)


def descendants(pid: int) -> list[int]:
    """Its children and theirs."""
    return [found for child in children_of(pid) for found in (child, *descendants(child))]


def children_of(pid: int) -> list[int]:
    """Those of all its threads."""
    children = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        with suppress(OSError):
            children += [int(child) for child in (task / "children").read_text().split()]
    return children


def decoders_at_work(worker: int) -> list[int]:
    """Those that have a question: without one, a decoder is stopped."""
    decoders = [found for server in children_of(worker) for found in children_of(server)]
    return [pid for pid in decoders if state_of(pid) in {"R", "S", "D"}]


def state_of(pid: int) -> str:
    """As ps shows it; X when it is not there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "X"


def on_a_laptop(folder: Path) -> Place:
    """SQLite and a folder."""
    blobs = folder / "data" / "media_store"

    @asynccontextmanager
    async def straight() -> AsyncIterator[BlobStore]:
        yield FilesystemBlobs(blobs)

    settings = {"DATABASE_URL": f"sqlite:///{folder / 'data' / 'media_store.db'}"}
    return _place(folder, settings, straight, blobs / SCRATCH)


def in_a_data_centre(folder: Path, database: str, s3: S3Location) -> Place:
    """PostgreSQL and S3."""

    @asynccontextmanager
    async def straight() -> AsyncIterator[BlobStore]:
        bucket = Bucket(s3)
        try:
            yield MinioBlobs(bucket)
        finally:
            await bucket.close()

    settings = {
        "DATABASE_URL": database,
        "S3_ENDPOINT": s3.endpoint,
        "S3_ACCESS_KEY": s3.access_key,
        "S3_SECRET_KEY": s3.secret_key,
        "S3_REGION": s3.region,
        "S3_BUCKET": s3.bucket,
    }
    return _place(folder, settings, straight)


@asynccontextmanager
async def sweeping(settings: Settings, grace: float) -> AsyncIterator[SweepOrphans]:
    """A sweep with a grace in seconds, which may be shorter than operators can choose."""
    room = Darkroom(settings=settings)
    async with opened([*room.database().held, *room.blobs().held]):
        yield replace(room.work().sweep_orphans(), grace=timedelta(seconds=grace))


def _place(folder: Path, settings: Mapping[str, str], straight: Straight, *scratch: Path) -> Place:
    temporary = folder / "tmp"
    temporary.mkdir()
    common = {"PORT": str(free_port()), "DATA_DIR": str(folder / "data"), "TMPDIR": str(temporary), **QUICK}
    return Place(folder, {**common, **settings}, straight, (temporary, *scratch))


def furnish(place: Place, variants: Mapping[str, Any]) -> None:
    """A schema, somebody, a project with these variants, and a key to it."""

    async def set_up() -> None:
        room = Darkroom(settings=load_settings(**place.settings))
        await asyncio.to_thread(room.database().migrate)
        async with opened(room.database().held):
            user = await room.identity().create_superuser()("riz", PASSWORD)
            caller = UserCaller(user.id, "riz", Role.SU, frozenset(Permission))
            wanted = {"variants": dict(variants)}
            project = await room.projects().create_project()(caller, "Snaps", Origin(), settings=wanted)
            everything = frozenset(KeyScope)
            _, secret = await room.projects().create_api_key()(caller, project.id, "t", Origin(), scopes=everything)
        place.project_id, place.key = str(project.id), {"X-Api-Key": secret}

    asyncio.run(set_up())
