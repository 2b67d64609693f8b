"""What is brought in from elsewhere, and when."""

from functools import partial

from pydantic import BaseModel

from entrypoints.setting_groups.named import named
from entrypoints.setting_rules import CronText, IngestAddress

_named = partial(named, group="Ingest")


class IngestSettings(BaseModel):
    """What is brought in from elsewhere, and when."""

    ingest_source: IngestAddress | None = _named(
        "INGEST_SOURCE", tell="Bring media in from there: s3://bucket/prefix, or a folder"
    )
    ingest_project: str | None = _named("INGEST_PROJECT", tell="Id or slug of the project that receives them")
    ingest_schedule: CronText | None = _named(
        "INGEST_SCHEDULE", tell="When to look, as in cron (UTC): minute hour day month weekday"
    )
