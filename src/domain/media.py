"""Files: the original, its facts, its variants, and where each stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from domain.errors import NotFound
from domain.media_kinds import MediaKind
from domain.media_types import MediaType
from domain.variants import HeldVariant

POSTER = "poster"
"""The name of the variant that stands for a film: a frame of it, or the cover of a sound."""

PUBLIC_COPY = "original"
"""The name, which no variant of a project can have, of the copy that strangers get instead of the original."""
PUBLIC_COPY_RECIPE = "no places 1"


class FileMissing(NotFound):
    """No such file for this caller."""

    code = "file_not_found"


class VariantUnknown(NotFound):
    """Nothing of this name will ever be made of this file."""

    code = "variant_unknown"


class VariantNotReady(NotFound):
    """It is being made; ask again soon."""

    code = "variant_not_ready"


class VariantFailed(NotFound):
    """It could not be made, for the reason told."""

    code = "variant_failed"


class FileStatus(StrEnum):
    """Where a file stands; only `pending` (bytes still arriving) is hidden."""

    PENDING = "pending"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class VariantStatus(StrEnum):
    """Where a variant stands."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Variant:
    """One picture made of a file, or to be made; its key and so its URL are fixed from the first moment."""

    file_id: UUID
    name: str
    recipe: str
    key: str
    mime_type: str
    status: VariantStatus = VariantStatus.PENDING
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    size: int | None = None

    def made(self, *, width: int, height: int, size: int) -> "Variant":
        """The same variant, stored."""
        return replace(self, status=VariantStatus.READY, reason=None, width=width, height=height, size=size)

    def refused(self, reason: str) -> "Variant":
        """The same variant, impossible."""
        return replace(self, status=VariantStatus.FAILED, reason=reason)

    def awaited(self) -> "Variant":
        """The same variant, still to be made."""
        return replace(self, status=VariantStatus.PENDING, reason=None, width=None, height=None, size=None)

    @property
    def stored_bytes(self) -> int:
        """What it takes in the store."""
        return (self.size or 0) if self.status is VariantStatus.READY else 0

    def held(self) -> HeldVariant:
        """As the planner wants to know it."""
        return HeldVariant(self.name, self.recipe, ready=self.status is VariantStatus.READY)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """An uploaded file. `filename` is what the client called it, for display alone.

    While it is `pending` nobody sees it, and `size` is the room that is kept free for it. Once it is `screened`, it is
    known what strangers may get: the original itself, or its `public_copy`.
    """

    id: UUID
    project_id: UUID
    filename: str
    kind: MediaKind
    mime_type: str
    key: str
    status: FileStatus
    created_at: datetime
    updated_at: datetime
    size: int = 0
    md5: str | None = None
    sha256: str | None = None
    reason: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    placeholder: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    original_deleted_at: datetime | None = None
    screened: bool = False
    variants: tuple[Variant, ...] = ()

    @classmethod
    def arriving(
        cls, project_id: UUID, file_id: UUID, filename: str, media: MediaType, key: str, now: datetime
    ) -> Self:
        """A file whose bytes are on their way."""
        return cls(
            id=file_id,
            project_id=project_id,
            filename=filename,
            kind=media.kind,
            mime_type=media.mime,
            key=key,
            status=FileStatus.PENDING,
            created_at=now,
            updated_at=now,
        )

    @property
    def keys(self) -> tuple[str, ...]:
        """Every key that holds, or may come to hold, bytes of it."""
        return (self.key, *(variant.key for variant in self.variants))

    @property
    def stored_bytes(self) -> int:
        """What it takes in the store, its variants included."""
        original = self.size if self.original_deleted_at is None else 0
        return original + sum(variant.stored_bytes for variant in self.variants)

    @property
    def pictures(self) -> tuple[Variant, ...]:
        """What is made of it for its own sake: all variants but the copy for strangers."""
        return tuple(variant for variant in self.variants if variant.name != PUBLIC_COPY)

    @property
    def public_copy(self) -> Variant | None:
        """What strangers get instead of the original, where that tells a place."""
        return next((variant for variant in self.variants if variant.name == PUBLIC_COPY), None)

    def copied_to(self, key: str) -> Variant:
        """The copy for strangers, still to be made."""
        return Variant(self.id, PUBLIC_COPY, PUBLIC_COPY_RECIPE, key, self.mime_type)

    def variant(self, name: str) -> Variant:
        """The variant of this name, whatever its state, or `VariantUnknown`."""
        for variant in self.pictures:
            if variant.name == name:
                return variant
        raise VariantUnknown(f"this file has no variant '{name}'")

    def settled(self, variants: tuple[Variant, ...], now: datetime) -> "MediaFile":
        """The file once every variant has been tried: ready, unless nothing at all could be made of it."""
        pictures = [v for v in variants if v.name != PUBLIC_COPY]
        failed = [v for v in pictures if v.status is VariantStatus.FAILED]
        hopeless = bool(pictures) and len(failed) == len(pictures)
        status = FileStatus.FAILED if hopeless else FileStatus.READY
        reason = failed[0].reason if hopeless else None
        return replace(self, status=status, reason=reason, variants=variants, updated_at=now)


def openable(variant: Variant) -> Variant:
    """The variant when its bytes are there; else the error that says what to do."""
    match variant.status:
        case VariantStatus.READY:
            return variant
        case VariantStatus.PENDING:
            raise VariantNotReady(f"variant '{variant.name}' is being made; ask again in a moment", retry_after=2)
        case VariantStatus.FAILED:
            raise VariantFailed(f"variant '{variant.name}' could not be made: {variant.reason}")
