"""What becomes of a file and its variants once the work on them is done, whatever happened to both meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.media import FileStatus, MediaFile, Variant, VariantStatus
from domain.object_keys import is_picture
from domain.variants import WantedVariant


@dataclass(frozen=True, slots=True)
class Settled:
    """The rows as they will be, and which keys nobody has a row for any more.

    Under those in `replaced` lie pictures that could be seen so far, under those in `left_behind` none that ever were.
    `made` are the pictures that are new, `failed` those that cannot be made, whether the row shows it or keeps an
    older picture; `stored` is by how many bytes the store has grown. Not `over`, the file waits for another round.
    """

    file: MediaFile
    made: tuple[Variant, ...]
    failed: tuple[Variant, ...]
    changed: tuple[Variant, ...]
    left_behind: tuple[str, ...]
    replaced: tuple[str, ...]
    stored: int
    over: bool
    moved: bool
    drops_original: bool = False

    @property
    def complete(self) -> bool:
        """Whether there is a picture of every variant, and at least one."""
        states = {variant.status for variant in self.file.pictures}
        return self.over and self.file.status is FileStatus.READY and states == {VariantStatus.READY}

    def without_original(self, now: datetime) -> "Settled":
        """The same, the original not kept any longer when all went well; a film is more than its pictures."""
        if not self.complete or self.file.original_deleted_at is not None or not is_picture(self.file.key):
            return self
        file = replace(self.file, original_deleted_at=now)
        copy = file.public_copy
        freed = file.size + (copy.stored_bytes if copy else 0)
        return replace(self, file=file, stored=self.stored - freed, drops_original=True)


def settle(
    file: MediaFile,
    tried: Sequence[Variant],
    wanted: Sequence[WantedVariant],
    now: datetime,
    *,
    over: bool,
    placeholder: Mapping[str, Any] | None = None,
) -> Settled:
    """Join what was tried with the rows as they stand now.

    A row that was dropped meanwhile stays dropped, and a picture that nobody asks for any more is left behind.
    """
    recipes = {want.name: want.recipe for want in wanted}
    rows = {variant.name: variant for variant in file.variants}
    welcome = [v for v in tried if v.name in rows and recipes.get(v.name) == v.recipe and not _there(rows[v.name], v)]
    made = tuple(variant for variant in welcome if variant.status is VariantStatus.READY)
    failed = tuple(variant for variant in welcome if variant.status is VariantStatus.FAILED)
    # Until there is a picture by the new recipe, the one by the old is better than none.
    hopeless = [variant for variant in failed if rows[variant.name].status is not VariantStatus.READY]
    changed = (*made, *hopeless)
    merged = rows | {variant.name: variant for variant in changed}
    held = {variant.key for variant in merged.values()}
    before = [rows[variant.name] for variant in changed]
    seen = {row.key for row in before if row.status is VariantStatus.READY}
    unheld = [key for key in dict.fromkeys(each.key for each in (*tried, *before)) if key not in held]
    settled = _file(file, tuple(merged.values()), now, over=over)
    return Settled(
        file=replace(settled, placeholder=placeholder or file.placeholder),
        made=made,
        failed=failed,
        changed=changed,
        left_behind=tuple(key for key in unheld if key not in seen),
        replaced=tuple(key for key in unheld if key in seen),
        stored=sum(variant.stored_bytes - rows[variant.name].stored_bytes for variant in changed),
        over=over,
        moved=settled.status is not file.status,
    )


def _there(row: Variant, tried: Variant) -> bool:
    """Whether somebody else made it already."""
    return row.status is VariantStatus.READY and row.recipe == tried.recipe


def _file(file: MediaFile, variants: tuple[Variant, ...], now: datetime, *, over: bool) -> MediaFile:
    settled = file.settled(variants, now)
    if over and file.status is not FileStatus.READY:
        return settled
    return replace(settled, status=file.status, reason=file.reason)
