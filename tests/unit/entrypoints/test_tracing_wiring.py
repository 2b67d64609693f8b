"""Traces are told where a collector is named, cost nothing where none is, and are missed in one line."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.opentelemetry.collector import Collector
from adapters.opentelemetry.traces import OpenTelemetryTraces
from adapters.traced.blobs import TracedBlobs
from adapters.traced.decoders import TracedTransformer
from adapters.traced.store import TracedStore
from application.uploads.upload_image import UploadImage
from entrypoints.settings import load_settings
from entrypoints.wiring.container import Darkroom
from entrypoints.wiring.tracing import watch_use_cases
from tests.conftest import ROOT
from tests.servers.process import completed

COLLECTOR = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
MEMORY = {"DATABASE_URL": "memory://", "BLOB_STORE": "memory"}
WIRE = """
import sys
from entrypoints.program import Program
from entrypoints.settings import load_settings
Program(load_settings())._build("up").work().worker()
print(*sorted(name for name in sys.modules if name.partition(".")[0] == "opentelemetry"))
"""
WITHOUT_THE_EXTRA = """
import sys
sys.modules["opentelemetry"] = None
sys.argv = ["darkroom", "serve"]
from entrypoints.cli.main import main
main()
"""


def run(script: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), **settings}
    return completed([sys.executable, "-c", script], cwd=folder, env=environment)


def test_without_a_collector_nothing_is_wrapped() -> None:
    room: Any = Darkroom(settings=load_settings(**MEMORY))
    assert room.tracing() is room.traces() is room.work().worker().traces is None
    assert not isinstance(room.database().store, TracedStore)
    assert not isinstance(room.blobs().store, TracedBlobs)
    assert type(room.media().upload_image()) is UploadImage


def test_with_a_collector_everything_is() -> None:
    room: Any = Darkroom(settings=load_settings(**MEMORY, **COLLECTOR))
    watch_use_cases(room, room.traces())
    assert isinstance(room.traces(), OpenTelemetryTraces)
    assert room.work().worker().traces is room.traces()
    (collector,) = room.tracing().held
    assert isinstance(collector, Collector)
    assert isinstance(room.database().store, TracedStore)
    assert isinstance(room.blobs().store, TracedBlobs)
    assert isinstance(room.engine().transformer, TracedTransformer)
    upload = room.media().upload_image()
    assert isinstance(upload, UploadImage)
    assert type(upload) is not UploadImage
    assert type(upload).__name__ == "UploadImage"
    other: Any = Darkroom(settings=load_settings(**MEMORY))
    assert type(other.media().upload_image()) is UploadImage, "one program's traces are not another's"


@pytest.mark.slow
def test_without_a_collector_nothing_of_opentelemetry_is_loaded(tmp_path: Path) -> None:
    done = run(WIRE, tmp_path)
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr
    assert "opentelemetry.sdk.trace" in run(WIRE, tmp_path, **COLLECTOR).stdout


@pytest.mark.slow
def test_without_the_extra_the_start_says_what_to_install(tmp_path: Path) -> None:
    done = run(WITHOUT_THE_EXTRA, tmp_path, **COLLECTOR)
    assert done.returncode != 0
    (told,) = done.stderr.strip().splitlines()
    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in told
    assert "pip install 'darkroom-media[otel]'" in told
