"""What is watched for traces keeps its promises: everything is passed on, and a step is noted."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.traces import MemorySpan, MemoryTraces
from adapters.traced.blobs import TracedBlobs, TracedLocalPaths, TracedMoves
from adapters.traced.decoders import TracedExaminer, TracedReader, TracedTransformer
from adapters.traced.store import TracedJobs, TracedStore
from application.ports.blob_moves import BlobMoves
from application.ports.blob_store import BlobStore
from application.ports.image_transformer import ImageTransformer
from application.ports.jobs import Jobs
from application.ports.local_paths import LocalPaths
from application.ports.media_examiner import MediaExaminer
from application.ports.metadata_reader import MetadataReader
from application.ports.unit_of_work import Store, UnitOfWork
from domain.errors import Invalid, Unavailable
from domain.jobs import Job, JobKind, Lease
from tests.tables import every_row, over_rows
from tests.unit.adapters.blob_calls import LOCAL, MOVES, STORE
from tests.unit.adapters.recorder import Call, Decorated, Recorder, Stopped, outcome, require_passed_on
from tests.unit.contracts.things import NOW

pytestmark = pytest.mark.anyio

JOB = replace(Job.fresh(UUID(int=1), JobKind.PROCESS_IMAGE, NOW), trace="00-already-known-01")
LEASE = Lease(UUID(int=1), UUID(int=2), NOW)
OWNER = UUID(int=7)
SOURCE, PNG = Path("/picture"), "image/png"
TRANSFORMER = (
    Call("probe", (SOURCE, PNG), {"owner": OWNER}, answer=object()),
    Call(
        "render",
        (SOURCE, PNG, ["an order"], Path("/into")),
        {"keep_camera": True, "owner": OWNER},
        yields=True,
        answer=["a", "b"],
    ),
)
EXAMINER = (Call("examine", (SOURCE, PNG, Path("/into")), {"owner": OWNER}, answer=object()),)
READER = (Call("read", (SOURCE, PNG), {"owner": OWNER}, answer={"a": 1}),)
JOBS = (
    Call("add", (JOB,), {"delay": timedelta(1)}, answer=True),
    Call("complete", (LEASE,)),
    Call("retry", (LEASE,), {"after": timedelta(2), "error": "e", "spent": False, "payload": {"a": 1}}),
    Call("fail", (LEASE,), {"error": "e"}),
    Call("note", (LEASE,), {"progress": 5, "payload": {"a": 1}}),
)


def watched(decorator: Any, traces: MemoryTraces) -> Decorated:
    return lambda inner: decorator(inner, traces)


DECORATORS: list[tuple[type, tuple[Call, ...], Any]] = [
    (BlobStore, STORE, TracedBlobs),
    (BlobMoves, MOVES, TracedMoves),
    (LocalPaths, LOCAL, TracedLocalPaths),
    (ImageTransformer, TRANSFORMER, TracedTransformer),
    (MediaExaminer, EXAMINER, TracedExaminer),
    (MetadataReader, READER, TracedReader),
    (Jobs, JOBS, TracedJobs),
]


@over_rows(("port", "calls", "decorator"), DECORATORS, ids=lambda each: getattr(each, "__name__", ""))
async def test_everything_is_passed_on(port: type, calls: tuple[Call, ...], decorator: Any) -> None:
    await require_passed_on(port, calls, watched(decorator, MemoryTraces()))
    traces = MemoryTraces()
    with traces.continued("request", None):
        await require_passed_on(port, calls, watched(decorator, traces))


A_TYPE = {"darkroom.media_type": PNG}
STEPS: dict[str, tuple[str, dict[str, object]]] = {
    "BlobStore put": ("BlobStore.put", {"darkroom.bytes": 7}),
    "BlobStore read": ("BlobStore.read", {"darkroom.bytes": 3}),
    "BlobStore stat": ("BlobStore.stat", {}),
    "BlobStore remove": ("BlobStore.remove", {}),
    "BlobMoves move": ("BlobStore.move", {"darkroom.bytes": 7}),
    "LocalPaths adopt": ("BlobStore.adopt", {"darkroom.bytes": 7}),
    "ImageTransformer probe": ("ImageTransformer.probe", A_TYPE),
    "ImageTransformer render": ("ImageTransformer.render", {**A_TYPE, "darkroom.variants": 1}),
    "MediaExaminer examine": ("MediaExaminer.examine", A_TYPE),
    "MetadataReader read": ("MetadataReader.read", A_TYPE),
}
"""The others note nothing."""


async def one_step(port: type, call: Call, decorator: Any, error: BaseException | None = None) -> list[MemorySpan]:
    traces = MemoryTraces()
    with traces.continued("request", None) as request, suppress(*([] if error is None else [type(error)])):
        await outcome(decorator(Recorder(port, call, error=error), traces), call)
    *steps, last = traces.ended
    assert last is request
    assert all(step.parent_id == request.span_id for step in steps)
    return steps


async def test_each_call_is_one_step_of_the_trace() -> None:
    with every_row() as table:
        for port, calls, decorator in DECORATORS:
            for call in calls:
                with table.row(port.__name__, call.method):
                    steps = await one_step(port, call, decorator)
                    told = [(step.name, step.attributes) for step in steps]
                    expected = STEPS.get(f"{port.__name__} {call.method}")
                    assert told == ([] if expected is None else [expected])
                    assert all(step.kind == "client" and not step.failed for step in steps)


async def test_what_goes_wrong_is_noted_by_its_kind() -> None:
    wrong = (Unavailable("gone"), True), (RuntimeError("x"), True), (Invalid("no"), False), (Stopped(), False)
    with every_row() as table:
        for port, calls, decorator in DECORATORS:
            for call in calls:
                if f"{port.__name__} {call.method}" not in STEPS:
                    continue
                for error, failed in wrong:
                    with table.row(port.__name__, call.method, type(error).__name__):
                        (step,) = await one_step(port, call, decorator, error)
                        assert step.failed is failed


async def test_results_that_come_one_by_one_leave_the_trace_of_their_reader_as_it_is() -> None:
    with every_row() as table:
        for port, calls, decorator in DECORATORS:
            for call in calls:
                if not call.yields:
                    continue
                with table.row(port.__name__, call.method):
                    traces = MemoryTraces()
                    with traces.continued("request", None):
                        before = traces.carried()
                        made = decorator(Recorder(port, call), traces)
                        async with aclosing(getattr(made, call.method)(*call.args, **call.more)) as results:
                            await anext(results)
                            assert traces.carried() == before
                        assert traces.carried() == before


class Unit(SimpleNamespace):
    """A unit of work whose parts can be told apart."""

    def __init__(self) -> None:
        super().__init__(**{name: object() for name in PARTS}, jobs=object())
        self.commits = 0

    async def commit(self) -> None:
        self.commits += 1


PARTS = {name for name in vars(UnitOfWork) if not name.startswith("_")} - {"jobs", "commit"}


class Units:
    """A store that notes how its unit of work ended."""

    def __init__(self) -> None:
        self.unit, self.left_with = Unit(), [object()]

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        self.left_with.clear()
        try:
            yield self.unit
        except BaseException as error:
            self.left_with.append(error)
            raise

    async def check(self) -> None:
        raise Unavailable("gone")


class TestUnits:
    @pytest.fixture
    def units(self) -> Units:
        return Units()

    @pytest.fixture
    def traces(self) -> MemoryTraces:
        return MemoryTraces()

    @pytest.fixture
    def store(self, units: Units, traces: MemoryTraces) -> Store:
        return TracedStore(units, traces)  # type: ignore[arg-type]

    async def test_every_part_but_the_queue_is_the_watched_ones_own(self, store: Store, units: Units) -> None:
        assert len(PARTS) > 15
        async with store.begin() as unit:
            assert {name for name in PARTS if getattr(unit, name) is not getattr(units.unit, name)} == set()
            assert isinstance(unit.jobs, TracedJobs)
            assert unit.jobs.jobs is units.unit.jobs

    async def test_only_a_commit_commits(self, store: Store, units: Units) -> None:
        async with store.begin():
            pass
        assert units.unit.commits == 0
        async with store.begin() as unit:
            await unit.commit()
        assert (units.unit.commits, units.left_with) == (1, [])

    async def test_an_error_ends_the_watched_unit_too(self, store: Store, units: Units) -> None:
        error = RuntimeError("in the middle")
        with pytest.raises(RuntimeError) as caught:
            async with store.begin():
                raise error
        assert caught.value is error
        assert units.left_with == [error]

    async def test_unit_and_commit_are_steps(self, store: Store, traces: MemoryTraces) -> None:
        with traces.continued("request", None) as request:
            async with store.begin() as unit:
                await unit.commit()
        commit, whole, _ = traces.ended
        assert (commit.name, commit.kind, commit.parent_id) == ("UnitOfWork.commit", "client", whole.span_id)
        assert (whole.name, whole.kind, whole.parent_id) == ("UnitOfWork", "internal", request.span_id)

    async def test_a_check_is_passed_on(self, store: Store) -> None:
        with pytest.raises(Unavailable, match="gone"):
            await store.check()


async def test_a_job_goes_on_with_the_trace_in_which_it_was_queued() -> None:
    fresh, delayed = Job.fresh(UUID(int=1), JobKind.PROCESS_IMAGE, NOW), timedelta(seconds=1)
    traces = MemoryTraces()
    with every_row() as table, traces.continued("request", None):
        for name, job, delay, trace in (
            ("queued now", fresh, timedelta(0), traces.carried()),
            ("queued for later", fresh, delayed, None),
            ("with a trace already", JOB, timedelta(0), JOB.trace),
        ):
            with table.row(name):
                inner = Recorder(Jobs, Call("add", answer=True))
                assert await TracedJobs(inner, traces).add(job, delay=delay)
                (call,) = inner.calls
                assert (call["job"].trace, call["job"].id, call["delay"]) == (trace, job.id, delay)
