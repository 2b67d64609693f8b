"""One upload, followed from the request that made it to the decoder of the worker, by what a collector was sent."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen

import pytest

from tests.integration.stories.running import darkroom, free_port, process, wait_until_ready
from tests.integration.stories.test_one_picture import (
    create_superuser,
    make_key,
    make_project,
    sign_in,
    until_settled,
    upload,
)
from tests.servers import http
from tests.servers.otlp import OtlpCollector, Step, otlp_collector

NOBODY = "http://127.0.0.1:9"


@dataclass(frozen=True)
class Place:
    """An API and a worker, each a program of its own."""

    url: str
    worker: Popen[bytes]
    logs: Path


@contextmanager
def running(folder: Path, database: str, collector: str) -> Iterator[Place]:
    port = free_port()
    settings = {
        "PORT": str(port),
        "DATA_DIR": str(folder / "data"),
        "DATABASE_URL": database,
        "WORKER_CONCURRENCY": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20geheim",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    darkroom("migrate", settings=settings, folder=folder)
    create_superuser(settings, folder)
    with ExitStack() as processes:
        work = process("worker", settings={**settings, "OTEL_SERVICE_NAME": "snaps-worker"}, folder=folder)
        worker = processes.enter_context(work)
        serve = process("serve", settings={**settings, "OTEL_SERVICE_NAME": "snaps-api"}, folder=folder)
        api = processes.enter_context(serve)
        wait_until_ready(f"http://127.0.0.1:{port}", api, folder / "serve.log")
        yield Place(f"http://127.0.0.1:{port}", worker, folder)


@pytest.fixture
def collector() -> Iterator[OtlpCollector]:
    with otlp_collector() as listening:
        yield listening


def upload_one(place: Place) -> None:
    with http.Client(base_url=place.url, timeout=30) as client:
        signed_in = sign_in(client)
        key = make_key(client, signed_in, make_project(client, signed_in))
        file = until_settled(client, key, upload(client, key)["id"])
        assert file["status"] == "ready", file["reason"]


def test_one_trace_from_the_upload_to_the_decoder(
    tmp_path: Path, empty_postgres_url: str, collector: OtlpCollector
) -> None:
    with running(tmp_path, empty_postgres_url, collector.url) as place:
        upload_one(place)
        job = collector.wait_for("ProcessImage")
        request = collector.wait_for("POST /upload/image")
        decoders = children_of(place.worker.pid)
        assert decoders
        for each in decoders:
            assert b"OTEL" not in Path("/proc", str(each), "environ").read_bytes()
    (render,) = collector.named("ImageTransformer.render")
    assert render.trace_id == job.trace_id == request.trace_id
    assert (request.service, job.service, render.service) == ("snaps-api", "snaps-worker", "snaps-worker")
    assert request.parent_id == ""
    above = names_above(collector, render)
    assert above[:4] == ["RenderVariants", "MakeVariants", "RunJob", "ProcessImage"]
    assert above[-2:] == ["UploadImage", "POST /upload/image"]
    trace = [step for step in collector.steps if step.trace_id == request.trace_id]
    assert {"INSERT jobs", "BlobStore.put", "BlobStore.adopt", "UnitOfWork.commit"} <= {step.name for step in trace}
    assert all(step.attributes["db.system.name"] == "postgresql" for step in trace if step.name == "INSERT jobs")
    assert {each["authorization"] for each in collector.headers} == {"Bearer geheim"}
    assert "ClaimJob" not in {step.name for step in collector.steps}, "looking for work is nobody's trace"
    for program in ("serve", "worker"):
        log = (tmp_path / f"{program}.log").read_text()
        assert f"trace={request.trace_id}" in log
        assert "geheim" not in log


def test_a_collector_that_is_not_there_holds_nobody_up(tmp_path: Path, empty_postgres_url: str) -> None:
    with running(tmp_path, empty_postgres_url, NOBODY) as place:
        upload_one(place)
        asked_to_stop = time.monotonic()
    assert time.monotonic() - asked_to_stop < 12, "two programs, one after the other"
    for program in ("serve", "worker"):
        log = (tmp_path / f"{program}.log").read_text()
        assert log.count("nobody takes traces") <= 1, log
        assert "Traceback" not in log


def names_above(collector: OtlpCollector, step: Step) -> list[str]:
    by_id = {each.span_id: each for each in collector.steps}
    names = []
    while step.parent_id in by_id:
        step = by_id[step.parent_id]
        names.append(step.name)
    return names


def children_of(parent: int) -> list[int]:
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            told = (each / "stat").read_text()
        except OSError:
            continue
        if int(told.rpartition(")")[2].split()[1]) == parent:
            found.append(int(each.name))
    return found
