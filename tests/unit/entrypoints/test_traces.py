"""One upload through the real application and the real worker, as its trace tells it."""

import asyncio
import io
import shutil
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from dependency_injector import providers

from adapters.memory.examiner import MemoryExaminer
from adapters.memory.traces import MemorySpan, MemoryTraces
from adapters.memory.transformer import MemoryTransformer, grey_png
from domain.access import EVERYTHING, ROLE_PERMISSIONS, Role, UserCaller
from domain.audit import Origin
from domain.jobs import JobKind, JobStatus
from domain.media_types import IMAGE_TYPES_TAKEN
from domain.pages import PageRequest
from entrypoints.http.app import EdgeConfig, create_app
from entrypoints.logs import configure_logs
from entrypoints.settings import load_settings
from entrypoints.stopping import Stop
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.parts import Engine, Tracing, opened
from entrypoints.wiring.tracing import watch_use_cases

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
SENT = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
SQL, UNIT, STORE = "INSERT jobs", "UnitOfWork", "BlobStore.put"


@dataclass
class Place:
    """A whole program in this process, and what it told of itself."""

    room: Any
    traces: MemoryTraces
    client: httpx2.AsyncClient
    secrets: Sequence[str] = ()

    def named(self, name: str) -> list[MemorySpan]:
        return [each for each in self.traces.ended if each.name == name]

    def above(self, step: MemorySpan) -> list[str]:
        """The names of what a step is a part of, the nearest first."""
        by_id = {each.span_id: each for each in self.traces.ended}
        names = []
        while step.parent_id in by_id:
            step = by_id[step.parent_id]
            names.append(step.name)
        return names

    async def upload(self, **headers: str) -> httpx2.Response:
        files = {"file": ("my beach.png", grey_png(40, 30), "image/png")}
        return await self.client.post("/upload/image?token=geheim", files=files, headers={**SENT, **headers})

    async def work(self) -> None:
        """Do what is due."""
        stop = Stop()
        working = asyncio.create_task(self.room.work().worker()(stop))
        try:
            async with asyncio.timeout(20):
                while await self.waiting():
                    await asyncio.sleep(0.02)
        finally:
            stop.ask()
            await working

    async def waiting(self) -> bool:
        page = await self.room.database().jobs.page(EVERYTHING, None, PageRequest())
        return any(not job.status.ended for job in page.items if job.kind == JobKind.PROCESS_IMAGE)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    room: Any = Darkroom(
        settings=load_settings(
            DATABASE_URL=f"sqlite:///{tmp_path}/rows.db",
            BLOB_STORE="filesystem",
            DATA_DIR=str(tmp_path),
            RATE_LIMIT="off",
            POLL_INTERVAL="0.05",
        )
    )
    traces = MemoryTraces()
    room.tracing.override(providers.Object(Tracing(traces)))
    engine = Engine(MemoryTransformer(), "pencil 1", IMAGE_TYPES_TAKEN, MemoryExaminer())
    room.engines.selected.override(providers.Object(engine))
    watch_use_cases(room, traces)
    await asyncio.to_thread(room.database().migrate)
    doors = room.doors()
    app = create_app(
        doors.every(),
        edge=EdgeConfig(public_url="http://darkroom.test"),
        authenticator=doors.authenticator(),
        traces=room.traces(),
    )
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with (
        opened([*room.database().held, *room.blobs().held]),
        httpx2.AsyncClient(transport=transport, base_url="http://darkroom.test") as client,
    ):
        owner = await room.identity().create_superuser()("owner", "the password of the owner")
        caller = UserCaller(owner.id, owner.username, Role.SU, ROLE_PERMISSIONS[Role.SU])
        variants = {"variants": {"thumb": {"format": "webp", "width": 10}}}
        project = await room.projects().create_project()(caller, "Snaps", Origin(), settings=variants)
        _, key = await room.projects().create_api_key()(caller, project.id, "web", Origin())
        client.headers["X-Api-Key"] = key
        yield Place(room, traces, client, (key, "geheim", "beach", "password"))


async def test_an_upload_is_one_trace_from_the_request_to_the_decoder(place: Place) -> None:
    assert (await place.upload()).status_code == 200
    await place.work()

    assert {each.trace_id for each in place.traces.ended} == {TRACE}
    (request,), (job,) = place.named("POST /upload/image"), place.named(JobKind.PROCESS_IMAGE)
    assert (request.parent_id, request.kind, job.kind) == (PARENT, "server", "consumer")
    (insert,) = place.named(SQL)
    assert place.above(insert)[-3:] == ["KeepArrival", "UploadImage", "POST /upload/image"]
    assert UNIT in place.above(insert)
    (put,) = place.named(STORE)
    assert place.above(put)[-1] == "POST /upload/image"
    assert place.above(job)[-1] == "POST /upload/image"
    (render,) = place.named("ImageTransformer.render")
    assert place.above(render)[:4] == ["RenderVariants", "MakeVariants", "RunJob", JobKind.PROCESS_IMAGE]
    (adopt,) = place.named("BlobStore.adopt")
    assert place.above(adopt)[:2] == ["Workbench.store", "RenderVariants"]
    commits = place.named("UnitOfWork.commit")
    assert {place.above(each)[0] for each in commits} == {UNIT}


async def test_facts_are_standard_and_nothing_of_users_is_among_them(place: Place) -> None:
    await place.upload(**{"X-Request-Id": "my-own-request"})
    await place.work()
    (request,) = place.named("POST /upload/image")
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/upload/image",
        "http.response.status_code": 200,
        "url.scheme": "http",
        "darkroom.request.id": "my-own-request",
    }
    (insert,) = place.named(SQL)
    assert insert.attributes["db.system.name"] == "sqlite"
    assert str(insert.attributes["db.query.text"]).startswith("INSERT INTO jobs (id, project_id")
    (job,) = place.named(JobKind.PROCESS_IMAGE)
    assert job.attributes.keys() == {
        "darkroom.job.id",
        "darkroom.job.attempt",
        "darkroom.project.id",
        "darkroom.file.id",
    }
    told = repr(place.traces.ended)
    assert not [secret for secret in place.secrets if secret in told]


async def test_a_refusal_is_no_failure_and_has_no_words(place: Place) -> None:
    for path, route in (("/files/00000000-0000-0000-0000-000000000000", "GET /files/{file_id}"), ("/nowhere", "GET")):
        answer = await place.client.get(path)
        assert answer.status_code == 404
        (request,) = place.named(route)
        assert (request.attributes["http.response.status_code"], request.failed) == (404, False)
        assert "http.route" in request.attributes or route == "GET"


async def test_a_request_that_ends_badly_has_failed(place: Place, tmp_path: Path) -> None:
    # The disk says no, and its words name a file.
    (tmp_path / "media_store").write_text("in the way")
    answer = await place.upload()
    assert answer.status_code >= 500
    (request,) = place.named("POST /upload/image")
    assert request.failed
    assert request.attributes["error.type"] == str(answer.status_code)
    (put,) = place.named(STORE)
    assert put.failed
    assert "media_store" not in repr(place.traces.ended)


async def test_a_job_that_comes_back_goes_on_with_its_trace(place: Place, tmp_path: Path) -> None:
    await place.upload()
    blobs, aside = tmp_path / "media_store", tmp_path / "aside"
    blobs.rename(aside)
    claim, run = place.room.work().claim_job(), place.room.work().run_job()
    (job,) = await claim(1)
    assert await run(job) is not None
    shutil.rmtree(blobs, ignore_errors=True)
    aside.rename(blobs)
    retried = await place.room.database().jobs.get(EVERYTHING, job.id)
    assert (retried.status, retried.trace) == (JobStatus.FAILED, job.trace)
    owner = UserCaller(job.id, "su", Role.SU, ROLE_PERMISSIONS[Role.SU])
    await place.room.work().retry_job()(owner, job.id)
    await place.work()
    (done,) = place.named(JobKind.PROCESS_IMAGE)
    assert done.trace_id == TRACE


async def test_what_the_program_does_by_itself_is_nobodys_trace(place: Place) -> None:
    await place.work()
    await place.client.get("/health")
    await place.room.database().store.check()
    await place.room.work().claim_job()(1)
    assert place.traces.ended == []


async def test_rounds_of_what_is_done_again_and_again_are_traces_of_their_own(place: Place) -> None:
    with place.traces.continued("job", None):
        await place.room.work().worker().keep_periodic()
    jobs = (await place.room.database().jobs.page(EVERYTHING, None, PageRequest())).items
    assert jobs
    assert {job.trace for job in jobs} == {None}


async def test_nonsense_begins_a_trace(place: Place) -> None:
    sent = [("traceparent", SENT["traceparent"]), ("traceparent", SENT["traceparent"].replace("b7", "b8"))]
    await place.client.get("/auth/me", headers=sent)
    await place.client.get("/auth/me", headers={"traceparent": "../../etc/passwd"})
    assert not {each.trace_id for each in place.named("GET /auth/me")} & {TRACE}
    assert len(place.named("GET /auth/me")) == 2


async def test_the_access_line_names_the_trace(place: Place) -> None:
    stream = io.BytesIO()
    configure_logs("text", "info", stream=stream)
    try:
        await place.client.get("/auth/me", headers=SENT)
    finally:
        configure_logs("text", "error", stream=sys.__stderr__.buffer)  # type: ignore[union-attr]
    assert TRACE in stream.getvalue().decode()
