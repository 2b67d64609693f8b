"""What is worked on, how, and for how long the past is kept."""

from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel
from pydantic_settings import NoDecode

from domain.jobs import QUEUES
from entrypoints.setting_groups.named import TEN_YEARS, named
from entrypoints.setting_rules import Queues

_named = partial(named, group="Worker")


class WorkerSettings(BaseModel):
    """What is worked on, how, and for how long the past is kept."""

    image_engine: Literal["vips", "imagemagick"] = _named(
        "IMAGE_ENGINE", default="vips", tell="vips (fast, nothing to install) or imagemagick"
    )
    metadata_reader: Literal["auto", "builtin", "exiftool"] = _named(
        "METADATA_READER",
        default="auto",
        tell="Who reads what cameras write: builtin, exiftool, or auto (exiftool where it is installed)",
    )
    worker_concurrency: int = _named(
        "WORKER_CONCURRENCY", default=0, ge=0, le=256, tell="Jobs at once; 0 = one for each core"
    )
    job_lease: float = _named(
        "JOB_LEASE",
        default=45,
        ge=1,
        le=3600,
        tell="Seconds after which a silent worker counts as dead",
    )
    poll_interval: float = _named(
        "POLL_INTERVAL",
        default=2,
        ge=0.05,
        le=300,
        tell="Seconds between looks for work without a signal",
    )
    worker_queues: Annotated[Queues, NoDecode] = _named(
        "WORKER_QUEUES",
        default=(),
        tell=f"What a worker does ({', '.join(QUEUES)}), with commas between; default is everything",
    )
    upload_grace: float = _named(
        "UPLOAD_GRACE",
        default=86_400,
        ge=60,
        le=TEN_YEARS,
        tell="Seconds after which an upload that did not arrive, or a blob of nobody, is swept away",
    )
    keep_jobs_days: int = _named(
        "KEEP_JOBS_DAYS", default=30, ge=1, le=36_500, tell="Days that jobs are remembered once over"
    )
    keep_events_days: int = _named(
        "KEEP_EVENTS_DAYS", default=90, ge=1, le=36_500, tell="Days that events are remembered"
    )
    keep_audit_days: int = _named(
        "KEEP_AUDIT_DAYS", default=365, ge=1, le=36_500, tell="Days that the audit log goes back"
    )
    render_timeout: float = _named("RENDER_TIMEOUT", default=120, gt=0, le=3600, tell="Seconds one picture may take")
    sandbox: Literal["required", "best-effort"] | None = _named(
        "SANDBOX",
        tell="What is done where the kernel cannot keep decoders in (seccomp, Landlock): required refuses to start, "
        "best-effort warns; default is required on Linux, best-effort elsewhere",
    )
    max_pixels: int = _named("MAX_PIXELS", default=100_000_000, ge=1, tell="Largest picture taken in, in pixels")
    max_side: int = _named("MAX_SIDE", default=30_000, ge=1, tell="Longest side of a picture, in pixels")
