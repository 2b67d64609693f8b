"""What must hold of database, store and processes at every moment of rest, whatever has happened before.

`Scene` is what was found, from `tests.scenes` or made up by a test; `wrong_with` names everything that is wrong in it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from application.maintenance.sweep_orphans import A_MOMENT
from application.ports.direct_links import LINK_LIFE
from domain.jobs import JobKind

UNFINISHED = ("pending", "processing")
MAY_LINGER = LINK_LIFE + A_MOMENT + timedelta(hours=1)
"""A link lives so long, and the sweep comes by once an hour."""


@dataclass(frozen=True)
class ProjectRow:
    id: UUID
    files_count: int
    storage_used_bytes: int
    erasing: bool = False


@dataclass(frozen=True)
class FileRow:
    id: UUID
    project_id: UUID
    key: str
    status: str
    size: int
    sha256: str | None
    created_at: datetime
    original_deleted: bool = False


@dataclass(frozen=True)
class VariantRow:
    file_id: UUID
    name: str
    recipe: str
    key: str
    status: str
    size: int | None


@dataclass(frozen=True)
class JobRow:
    """`due_at` is the end of the lease while it is processed."""

    id: UUID
    kind: str
    status: str
    due_at: datetime
    project_id: UUID | None = None
    file_id: UUID | None = None
    unique_key: str | None = None


@dataclass(frozen=True)
class Rows:
    """What the database holds, and what time it is there.

    `given_up` are keys that variants had before, with the moment at which anything was done to their file last.
    """

    now: datetime
    projects: Sequence[ProjectRow] = ()
    files: Sequence[FileRow] = ()
    variants: Sequence[VariantRow] = ()
    jobs: Sequence[JobRow] = ()
    given_up: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def claimed_keys(self) -> Iterator[str]:
        """Every key under which somebody may look for bytes."""
        yield from (file.key for file in self.files if not file.original_deleted)
        yield from (variant.key for variant in self.variants)


@dataclass(frozen=True)
class Stored:
    """A blob, with the hash of what it really holds."""

    size: int
    sha256: str
    modified_at: datetime


@dataclass(frozen=True)
class Scene:
    """Everything there is: rows, blobs, unfinished things on disks and in stores, processes."""

    rows: Rows
    blobs: Mapping[str, Stored] = field(default_factory=dict)
    scratch: Sequence[str] = ()
    processes: Sequence[str] = ()
    grace: timedelta = timedelta(hours=1)
    lease: timedelta = timedelta(seconds=45)


def wrong_with(scene: Scene) -> list[str]:
    """Every broken promise, each in a line of its own."""
    return [told for rule in RULES for told in rule(scene)]


def check(scene: Scene) -> None:
    """Fail with all of it at once."""
    wrong = wrong_with(scene)
    assert not wrong, "broken promises:\n" + "\n".join(wrong)


def originals(scene: Scene) -> Iterator[str]:
    """A file that anybody can see has its bytes, and they are the ones that were sent."""
    for file in scene.rows.files:
        if file.status == "pending" or file.original_deleted:
            continue
        blob = scene.blobs.get(file.key)
        if blob is None:
            yield f"file {file.id} is {file.status}, but nothing lies under {file.key}"
        elif blob.sha256 != file.sha256 or blob.size != file.size:
            yield f"file {file.id} has other bytes than its row says: {blob} for {file}"


def pictures(scene: Scene) -> Iterator[str]:
    """A variant that is ready has its bytes."""
    for variant in scene.rows.variants:
        blob = scene.blobs.get(variant.key)
        if variant.status != "ready":
            continue
        if blob is None:
            yield f"variant {_named(variant)} is ready, but nothing lies under {variant.key}"
        elif blob.size != variant.size:
            yield f"variant {_named(variant)} has {blob.size} bytes in the store and {variant.size} in its row"


def orphans(scene: Scene) -> Iterator[str]:
    """Bytes that belong to nobody do not last."""
    claimed = set(scene.rows.claimed_keys)
    # Whoever was sent on to a picture just before it got a successor is still to find it.
    claimed |= {key for key, since in scene.rows.given_up.items() if since + MAY_LINGER > scene.rows.now}
    for key, blob in scene.blobs.items():
        if key not in claimed and _older(scene, blob.modified_at):
            yield f"blob {key} belongs to nobody since {blob.modified_at}"


def arrivals(scene: Scene) -> Iterator[str]:
    """A file that never came to its end does not last."""
    for file in scene.rows.files:
        if file.status == "pending" and _older(scene, file.created_at):
            yield f"file {file.id} is pending since {file.created_at}"


def leases(scene: Scene) -> Iterator[str]:
    """A job that nobody works on is taken up again."""
    for job in scene.rows.jobs:
        if job.status == "processing" and job.due_at + scene.lease < scene.rows.now:
            yield f"job {job.id} ({job.kind}) is processing, and its lease ran out at {job.due_at}"


def work(scene: Scene) -> Iterator[str]:
    """A file that waits for its pictures has a job that makes them, and a job has something to work on."""
    awaited = {job.file_id for job in scene.rows.jobs if job.status in UNFINISHED}
    for file in scene.rows.files:
        if file.status == "processing" and file.id not in awaited:
            yield f"file {file.id} is processing, and no job is about it"
    projects = {project.id for project in scene.rows.projects}
    for job in scene.rows.jobs:
        homeless = job.project_id is not None and job.project_id not in projects
        if homeless and job.status in UNFINISHED and job.kind != JobKind.PURGE_PROJECT:
            yield f"job {job.id} ({job.kind}) waits for a project that is gone"


def once(scene: Scene) -> Iterator[str]:
    """One row for each picture, one holder for each key, one unfinished job for each unique key."""
    rows = scene.rows
    yield from _repeated("variant row", ((v.file_id, v.name) for v in rows.variants))
    yield from _repeated("picture", ((v.file_id, v.name, v.recipe) for v in rows.variants))
    yield from _repeated("key", [*(file.key for file in rows.files), *(variant.key for variant in rows.variants)])
    yield from _repeated("unique job", (j.unique_key for j in rows.jobs if j.unique_key and j.status in UNFINISHED))


def families(scene: Scene) -> Iterator[str]:
    """No row without the one it belongs to."""
    projects, files = {p.id for p in scene.rows.projects}, {f.id for f in scene.rows.files}
    yield from (f"file {f.id} is of no project" for f in scene.rows.files if f.project_id not in projects)
    yield from (f"variant {_named(v)} is of no file" for v in scene.rows.variants if v.file_id not in files)


def counters(scene: Scene) -> Iterator[str]:
    """What a project is charged for is what it has."""
    files: Counter[UUID] = Counter()
    stored: defaultdict[UUID, int] = defaultdict(int)
    home = {file.id: file.project_id for file in scene.rows.files}
    for file in scene.rows.files:
        if file.status != "pending":
            files[file.project_id] += 1
            stored[file.project_id] += 0 if file.original_deleted else file.size
    for variant in scene.rows.variants:
        if variant.status == "ready" and variant.file_id in home:
            stored[home[variant.file_id]] += variant.size or 0
    for project in scene.rows.projects:
        if project.erasing:
            continue
        if project.files_count != files[project.id]:
            yield f"project {project.id} counts {project.files_count} files and has {files[project.id]}"
        if project.storage_used_bytes != stored[project.id]:
            yield f"project {project.id} counts {project.storage_used_bytes} bytes and has {stored[project.id]}"


def leftovers(scene: Scene) -> Iterator[str]:
    """Nothing unfinished lies about, and nobody is left behind."""
    yield from (f"scratch was left: {name}" for name in scene.scratch)
    yield from (f"a process was left: {name}" for name in scene.processes)


Rule = Callable[[Scene], Iterator[str]]
RULES: tuple[Rule, ...] = (
    originals,
    pictures,
    orphans,
    arrivals,
    leases,
    work,
    once,
    families,
    counters,
    leftovers,
)


def _older(scene: Scene, moment: datetime) -> bool:
    return moment + scene.grace < scene.rows.now


def _named(variant: VariantRow) -> str:
    return f"{variant.name!r} of {variant.file_id}"


def _repeated(what: str, values: Iterable[object]) -> Iterator[str]:
    counted = Counter(values)
    yield from (f"{what} {value} is there {times} times" for value, times in counted.items() if times > 1)
