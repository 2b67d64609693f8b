"""How what is counted is shown."""

from functools import partial
from pathlib import Path

from pydantic import BaseModel

from entrypoints.setting_groups.named import named
from entrypoints.setting_rules import MetricsToken

_named = partial(named, group="Metrics")


class MetricsSettings(BaseModel):
    """How what is counted is shown."""

    metrics_dir: Path | None = _named(
        "METRICS_DIR",
        tell="Folder in which the programs of one machine add up what they count; default is each for itself",
    )
    metrics_port: int | None = _named(
        "METRICS_PORT",
        ge=1,
        le=65535,
        tell="Port where a worker alone shows /metrics and /health; the API shows them on PORT",
    )
    metrics_token: MetricsToken | None = _named(
        "METRICS_TOKEN", repr=False, tell="Bearer token that /metrics asks for; default is none"
    )
