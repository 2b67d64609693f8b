"""Traces: where they go, and what is watched for them. Without a place to go, nothing is wrapped and nothing loaded."""

import inspect
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import wraps
from typing import Any

from dependency_injector import containers, providers

from application.ports.traces import Traces
from entrypoints.settings import BadSettings, Settings
from entrypoints.version import VERSION
from entrypoints.wiring.parts import Blobs, Database, Engine, Tracing

Step = Callable[..., Coroutine[Any, Any, Any]]


def tracing_of(settings: Settings) -> Tracing | None:
    """OpenTelemetry, where a collector is named."""
    if settings.otel_endpoint is None:
        return None
    try:
        from adapters.opentelemetry.collector import Collector, Destination
        from adapters.opentelemetry.traces import OpenTelemetryTraces
    except ImportError:
        reason = "OTEL_EXPORTER_OTLP_ENDPOINT needs OpenTelemetry: pip install 'darkroom-media[otel]'"
        raise BadSettings(reason) from None

    destination = Destination(settings.otel_endpoint, settings.otel_headers or "", settings.otel_service_name, VERSION)
    collector = Collector(destination, settings.otel_sampler, settings.otel_sampler_ratio)
    return Tracing(OpenTelemetryTraces(collector.provider, VERSION), held=(collector,))


def traces_of(tracing: Tracing | None) -> Traces | None:
    """The traces to be told."""
    return tracing.traces if tracing else None


def traced_database(database: Database, traces: Traces | None) -> Database:
    """The same, whose units and jobs are part of traces."""
    if traces is None:
        return database
    from adapters.traced.store import TracedStore

    return replace(database, store=TracedStore(database.store, traces))


def traced_blobs(blobs: Blobs, traces: Traces | None) -> Blobs:
    """The same, whose traffic is part of traces."""
    if traces is None:
        return blobs
    from adapters.traced.blobs import TracedBlobs, TracedLocalPaths, TracedMoves

    return replace(
        blobs,
        store=TracedBlobs(blobs.store, traces),
        moves=TracedMoves(blobs.moves, traces),
        local=TracedLocalPaths(blobs.local, traces) if blobs.local else None,
    )


def traced_engine(engine: Engine, traces: Traces | None) -> Engine:
    """The same, whose calls are part of traces."""
    if traces is None:
        return engine
    from adapters.traced.decoders import TracedExaminer, TracedReader, TracedTransformer

    return replace(
        engine,
        transformer=TracedTransformer(engine.transformer, traces),
        examiner=TracedExaminer(engine.examiner, traces),
        reader=TracedReader(engine.reader, traces) if engine.reader else None,
    )


def watch_use_cases(room: containers.Container, traces: Traces) -> None:
    """Make every use case that this container has yet to make a step, named after its class."""
    provider: Any
    for provider in room.traverse():
        if not isinstance(provider, providers.Factory | providers.Singleton):
            continue
        made = provider.provides
        if inspect.isclass(made) and made.__module__.startswith("application."):
            provider.set_provides(_watched(made, traces))


def _watched(use_case: type, traces: Traces) -> type:
    steps = {
        name: _step(f"{use_case.__name__}.{name}" if name != "__call__" else use_case.__name__, step, traces)
        for name, step in vars(use_case).items()
        if inspect.iscoroutinefunction(step) and (name == "__call__" or not name.startswith("_"))
    }
    return type(use_case.__name__, (use_case,), {"__slots__": (), "__module__": use_case.__module__, **steps})


def _step(name: str, step: Step, traces: Traces) -> Step:
    @wraps(step)
    async def taken(*args: Any, **kwargs: Any) -> Any:
        with traces.span(name):
            return await step(*args, **kwargs)

    return taken
