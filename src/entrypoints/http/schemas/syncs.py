"""Syncs, as clients see them."""

from typing import Self

from pydantic import BaseModel

from domain.sync import SyncPlan
from entrypoints.http.schemas.identity import MessageBody


class SyncQuery(BaseModel):
    """Whether a sync is queued, or only told what it would do."""

    dry_run: bool = False


class SyncQueuedBody(MessageBody):
    """How many jobs were queued: none when one is waiting or under way already."""

    jobs_queued: int


class PlannedVariantBody(BaseModel):
    """How often a variant would be made anew, made in place of an older one, and dropped."""

    name: str
    create: int
    replace: int
    drop: int
    estimated_bytes: int


class SyncPlanBody(BaseModel):
    """What a sync would do; nothing can be made of files whose original is gone (`source_missing`)."""

    files: int
    variants: list[PlannedVariantBody]
    source_missing: int
    estimated_bytes: int

    @classmethod
    def of(cls, plan: SyncPlan) -> Self:
        """From the domain."""
        named = PlannedVariantBody.model_fields
        return cls(
            files=plan.files,
            variants=[PlannedVariantBody(**{name: getattr(each, name) for name in named}) for each in plan.variants],
            source_missing=plan.source_missing,
            estimated_bytes=plan.estimated_bytes,
        )
