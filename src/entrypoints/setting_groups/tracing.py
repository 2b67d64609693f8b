"""Where traces go, and which."""

from functools import partial
from typing import Literal

from pydantic import BaseModel

from entrypoints.setting_groups.named import named
from entrypoints.setting_rules import PublicAddress, TraceHeaders

_named = partial(named, group="Tracing")


class TracingSettings(BaseModel):
    """Where traces go, and which."""

    otel_endpoint: PublicAddress | None = _named(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        tell="Send traces there by OTLP over HTTP, such as http://localhost:4318; needs darkroom-media[otel]",
    )
    otel_headers: TraceHeaders | None = _named(
        "OTEL_EXPORTER_OTLP_HEADERS", repr=False, tell="With these headers: name=value, commas between"
    )
    otel_service_name: str = _named(
        "OTEL_SERVICE_NAME", default="darkroom", tell="What this program is called in traces"
    )
    otel_sampler: Literal[
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    ] = _named(
        "OTEL_TRACES_SAMPLER",
        default="parentbased_always_on",
        tell="Which traces are kept; parentbased_… does as the caller of a request did",
    )
    otel_sampler_ratio: float = _named(
        "OTEL_TRACES_SAMPLER_ARG",
        default=1,
        ge=0,
        le=1,
        tell="How many of them a sampler by ratio keeps: 0 to 1",
    )
