"""What each kind of adapter brings along: the ports it fills, and how it is opened and closed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from application.ports.api_keys import ApiKeyReads
from application.ports.audit import AuditReads
from application.ports.backlog import BacklogReads
from application.ports.blob_moves import BlobMoves
from application.ports.blob_store import BlobStore
from application.ports.browser_access import BrowserAccess
from application.ports.direct_links import DirectLinks
from application.ports.entities import EntityReads
from application.ports.events import EventLog, EventReads
from application.ports.files import FileBatches, FileReads
from application.ports.history import History
from application.ports.image_transformer import ImageTransformer
from application.ports.ingest_sources import IngestSource
from application.ports.ingested import IngestedReads
from application.ports.installation_secrets import InstallationSecrets
from application.ports.jobs import JobQueue, JobReads
from application.ports.local_paths import LocalPaths
from application.ports.measures import Measures, MeasuresPage
from application.ports.media_examiner import MediaExaminer
from application.ports.metadata_reader import MetadataReader
from application.ports.oauth_states import OAuthStates
from application.ports.personal_projects import PersonalProjectReads
from application.ports.presigned_uploads import PresignedUploadReads
from application.ports.projects import ProjectReads
from application.ports.public_blobs import PublicBlobs
from application.ports.rate_limiter import RateLimiter
from application.ports.replays import Replays
from application.ports.roles import RoleReads
from application.ports.sessions import SessionReads
from application.ports.signals import Signals
from application.ports.snapshots import Snapshots
from application.ports.traces import Traces
from application.ports.unfinished_uploads import UnfinishedUploads
from application.ports.unit_of_work import Store
from application.ports.usage import UsageReads
from application.ports.users import UserReads
from entrypoints.wiring.walls import Walls


class Opened(Protocol):
    """Something that holds connections or processes while the program runs."""

    async def open(self) -> None:
        """Get ready; needs no server to be up yet."""
        ...

    async def close(self) -> None:
        """Give everything back."""
        ...


@dataclass(frozen=True, slots=True)
class Database:
    """Where rows live. `migrate` and its like are synchronous and slow."""

    store: Store
    users: UserReads
    sessions: SessionReads
    projects: ProjectReads
    api_keys: ApiKeyReads
    files: FileReads
    file_batches: FileBatches
    entities: EntityReads
    presigned_uploads: PresignedUploadReads
    personal_projects: PersonalProjectReads
    ingested: IngestedReads
    jobs: JobReads
    backlog: BacklogReads
    events: EventReads
    event_log: EventLog
    usage: UsageReads
    history: History
    roles: RoleReads
    audit: AuditReads
    oauth_states: OAuthStates
    replays: Replays
    queue: JobQueue
    secrets: InstallationSecrets
    migrate: Callable[[], list[str]]
    pending: Callable[[], list[str]]
    reset: Callable[[], list[str]]
    snapshots: Snapshots | None = None
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Blobs:
    """Where bytes live, and the optional powers of that place; `root` is the folder, where it is one."""

    store: BlobStore
    moves: BlobMoves
    links: DirectLinks | None = None
    local: LocalPaths | None = None
    public: PublicBlobs | None = None
    browsers: BrowserAccess | None = None
    unfinished: UnfinishedUploads | None = None
    root: Path | None = None
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Engine:
    """What renders pictures (`version` is part of every recipe, `reads` the types taken), and what looks into films.

    A `reader` of metadata knows more of files than the service reads by itself; `walls` keep its processes in.
    """

    transformer: ImageTransformer
    version: str
    reads: frozenset[str]
    examiner: MediaExaminer
    reader: MetadataReader | None = None
    walls: Walls | None = None
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where media are brought in from."""

    source: IngestSource
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Redis:
    """A Redis server: whether it answers, and what can go through it."""

    check: Callable[[], Awaitable[None]]
    signals: Signals
    limiter: RateLimiter
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Carrier:
    """What carries signals."""

    signals: Signals
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Tracing:
    """Where the steps of requests and jobs are told."""

    traces: Traces
    held: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True)
class Measuring:
    """Where it is told how the work goes, and the page on which that can be read."""

    measures: Measures
    page: MeasuresPage
    held: Sequence[Opened] = ()


@asynccontextmanager
async def opened(held: Sequence[Opened]) -> AsyncIterator[None]:
    """Everything open inside, everything closed afterwards, the last first."""
    async with AsyncExitStack() as stack:
        for each in held:
            await each.open()
            stack.push_async_callback(each.close)
        yield


@asynccontextmanager
async def opened_together(held: Sequence[Opened]) -> AsyncIterator[None]:
    """The same, opened at the same time: for what takes long and is independent, such as processes that start."""
    async with AsyncExitStack() as stack:

        async def open_one(each: Opened) -> None:
            await each.open()
            stack.push_async_callback(each.close)

        ended = await asyncio.gather(*map(open_one, held), return_exceptions=True)
        for error in ended:
            if error is not None:
                raise error
        yield
