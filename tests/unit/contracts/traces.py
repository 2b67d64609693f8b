"""What every recorder of traces promises."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import anyio
import pytest

from application.ports.traces import Traces
from application.tracing import trace_id_of
from domain.errors import DarkroomError, NotFound, Unavailable

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = f"00-{TRACE}-{PARENT}-01"
NOT_SANE = [
    "",
    "00",
    f"00-{'0' * 32}-{PARENT}-01",
    f"00-{TRACE}-{'0' * 16}-01",
    f"ff-{TRACE}-{PARENT}-01",
    f"00-{TRACE.upper()}x-{PARENT}-01",
    f"00-{TRACE}-{PARENT}",
    f"00-{TRACE}-{PARENT}-zz",
    f"00-{TRACE}-{PARENT}-01-more",
    "x" * 10_000,
    "00-ü-\x00-01",
]


@dataclass(frozen=True)
class Seen:
    """A step that came to its end."""

    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str | None
    attributes: Mapping[str, object]
    failed: bool


class TracesContract:
    """Suite for `Traces`. `ended` gives the steps that are over, the first to end first."""

    @pytest.fixture
    def one_more(self) -> Traces:
        """As another program has it, with the same memory of what ended."""
        raise NotImplementedError

    def test_outside_of_a_trace_there_are_no_steps(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        with traces.span("alone") as span:
            span.tell({"a": 1})
            assert traces.carried() is None
        traces.leaf("alone too").end()
        assert ended() == []

    def test_steps_are_parts_of_what_is_under_way(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        with traces.continued("GET /", None, {"a": 1}):
            with traces.span("Upload"), traces.span("put", {"b": "two"}, kind="client"):
                pass
            with traces.span("Tell"):
                traces.leaf("INSERT events").end()
        put, upload, insert, tell, request = ended()
        names = ["put", "Upload", "INSERT events", "Tell", "GET /"]
        assert [seen.name for seen in (put, upload, insert, tell, request)] == names
        assert [put.kind, upload.kind, insert.kind, request.kind] == ["client", "internal", "client", "server"]
        assert [put.parent_id, insert.parent_id] == [upload.span_id, tell.span_id]
        assert {upload.parent_id, tell.parent_id} == {request.span_id}
        assert request.parent_id is None
        assert len({seen.trace_id for seen in ended()}) == 1
        assert (request.attributes, put.attributes) == ({"a": 1}, {"b": "two"})

    def test_every_trace_is_another(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        for _ in range(2):
            with traces.continued("again", None):
                pass
        first, second = ended()
        assert first.trace_id != second.trace_id
        assert first.span_id != second.span_id

    def test_what_is_carried_goes_on_elsewhere(
        self, traces: Traces, one_more: Traces, ended: Callable[[], Sequence[Seen]]
    ) -> None:
        with traces.continued("request", None), traces.span("Upload"):
            carried = traces.carried()
        assert carried is not None
        assert re.fullmatch("00-[0-9a-f]{32}-[0-9a-f]{16}-01", carried)
        for name in ("job", "job again"):
            with one_more.continued(name, carried, kind="consumer"), one_more.span("Render"):
                pass
        upload, request, *later = ended()
        assert {seen.trace_id for seen in ended()} == {trace_id_of(carried)} == {request.trace_id}
        assert [seen.name for seen in later] == ["Render", "job", "Render", "job again"]
        assert later[1].parent_id == later[3].parent_id == upload.span_id

    def test_what_others_send_goes_on_here(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        with traces.continued("request", SENT):
            assert trace_id_of(traces.carried()) == TRACE
        (seen,) = ended()
        assert (seen.trace_id, seen.parent_id) == (TRACE, PARENT)

    @pytest.mark.parametrize("sent", NOT_SANE)
    def test_nonsense_begins_a_trace(self, traces: Traces, ended: Callable[[], Sequence[Seen]], sent: str) -> None:
        with traces.continued("request", sent):
            pass
        (seen,) = ended()
        assert seen.parent_id is None
        assert seen.trace_id not in {TRACE, "0" * 32}

    def test_a_trace_that_its_caller_does_not_want_is_carried_but_not_kept(
        self, traces: Traces, ended: Callable[[], Sequence[Seen]]
    ) -> None:
        with traces.continued("request", f"00-{TRACE}-{PARENT}-00"), traces.span("part"):
            traces.leaf("leaf").end()
            carried = traces.carried()
        assert carried is not None
        assert trace_id_of(carried) == TRACE
        assert carried.endswith("-00")
        with traces.continued("job", carried):
            pass
        assert ended() == []

    def test_what_begins_anew_inside_does_not_belong_to_it(
        self, traces: Traces, ended: Callable[[], Sequence[Seen]]
    ) -> None:
        with traces.continued("outer", None), traces.continued("inner", None):
            pass
        inner, outer = ended()
        assert inner.trace_id != outer.trace_id

    def test_what_is_known_only_later_is_told_later(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        with traces.continued("GET", None, {"a": 1}) as span:
            span.rename("GET /files")
            span.tell({"a": 2, "b": True})
        (seen,) = ended()
        assert (seen.name, seen.attributes, seen.failed) == ("GET /files", {"a": 2, "b": True}, False)

    def test_what_is_over_takes_no_more(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        with traces.continued("stream", None) as span:
            span.end()
            span.end()
            span.rename("late")
            span.tell({"late": True})
            span.fail("late")
            assert traces.carried() is None
            with traces.span("part"):
                traces.leaf("leaf").end()
        (seen,) = ended()
        assert (seen.name, seen.attributes, seen.failed) == ("stream", {}, False)

    @pytest.mark.parametrize(
        ("error", "kind", "failed"),
        [
            (ValueError("the password is geheim"), "ValueError", True),
            (Unavailable("s3.secret.example does not answer"), "unavailable", True),
            (NotFound("there is no beach.jpg"), "not_found", False),
            (asyncio.CancelledError("geheim"), None, False),
        ],
    )
    def test_of_an_error_only_its_kind_is_kept(
        self,
        traces: Traces,
        ended: Callable[[], Sequence[Seen]],
        error: BaseException,
        kind: str | None,
        failed: bool,
    ) -> None:
        def break_off() -> None:
            raise error

        with suppress(type(error)), traces.continued("job", None), traces.span("step"):
            break_off()
        for seen in ended():
            assert seen.attributes == ({} if kind is None else {"error.type": kind})
            assert seen.failed is failed
        assert len(ended()) == 2
        assert isinstance(error, DarkroomError) or not re.search("geheim|secret|beach", repr(ended()))

    def test_a_failure_is_told(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        with traces.continued("job", None) as span:
            span.fail("500")
        (seen,) = ended()
        assert (seen.failed, seen.attributes) == (True, {"error.type": "500"})

    @pytest.mark.anyio
    async def test_tasks_and_threads_go_on_with_it(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        def in_a_thread() -> None:
            with traces.span("thread"):
                pass

        async def in_a_task(name: str) -> None:
            with traces.span(name):
                await asyncio.sleep(0)
                with traces.span(f"in {name}"):
                    await asyncio.sleep(0)

        with traces.continued("request", None):
            await asyncio.gather(in_a_task("one"), in_a_task("two"), anyio.to_thread.run_sync(in_a_thread))
        seen = {each.name: each for each in ended()}
        assert {seen[name].parent_id for name in ("one", "two", "thread")} == {seen["request"].span_id}
        assert [seen[f"in {name}"].parent_id for name in ("one", "two")] == [
            seen[name].span_id for name in ("one", "two")
        ]

    @pytest.mark.anyio
    async def test_a_leaf_may_end_anywhere(self, traces: Traces, ended: Callable[[], Sequence[Seen]]) -> None:
        async def finish() -> None:
            leaf.end()

        with traces.continued("request", None):
            leaf = traces.leaf("read")
            with traces.span("meanwhile"):
                pass
            await asyncio.create_task(finish())
        meanwhile, read, request = ended()
        assert (read.name, read.parent_id, meanwhile.parent_id) == ("read", request.span_id, request.span_id)
