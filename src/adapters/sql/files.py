"""Files with their variants in SQL, inside units of work."""

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import Executable, bindparam, delete, insert, select, update

from adapters.sql.inserting import insert_into
from adapters.sql.rows import FILE_COLUMNS, fields_of, file_of, file_row, variant_of
from adapters.sql.scopes import INSIDE_ASKED, asked
from adapters.sql.tables import files, former_keys, projects, variants
from adapters.sql.transaction import Transaction
from domain.access import Scope
from domain.errors import AlreadyThere, ParentMissing
from domain.media import FileMissing, MediaFile, Variant
from domain.projects import ProjectMissing

# Built once: to build one costs more than to run it.
_HELD = (
    select(*FILE_COLUMNS)
    .join(projects, projects.c.id == files.c.project_id)
    .where(files.c.id == bindparam("file_id"), INSIDE_ASKED)
    .with_for_update(of=files, key_share=True)
)
_VARIANTS = select(variants).where(variants.c.file_id == bindparam("file_id"))
_SAVED = update(files).where(files.c.id == bindparam("held_id"))
_GIVEN_UP = insert(former_keys).from_select(
    ["key", "file_id", "name"],
    select(variants.c.key, variants.c.file_id, variants.c.name).where(
        variants.c.file_id == bindparam("file_id"),
        variants.c.name.in_(bindparam("names", expanding=True)),
        variants.c.key.not_in(bindparam("keys", expanding=True)),
    ),
)
_TAKEN_AGAIN = (
    delete(former_keys).where(former_keys.c.key.in_(bindparam("keys", expanding=True))).returning(former_keys.c.file_id)
)


@cache
def _putting(dialect: str) -> Executable:
    putting = insert_into(variants, dialect)
    new = {c.name: putting.excluded[c.name] for c in variants.c if not c.primary_key}
    return putting.on_conflict_do_update(index_elements=[variants.c.file_id, variants.c.name], set_=new)


class SqlFiles:
    """Files, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, file: MediaFile) -> None:
        try:
            await self._transaction.execute(insert(files).values(file_row(file)))
        except ParentMissing:
            self._transaction.refuse(ProjectMissing("the project is gone"))
        if file.variants:
            await self._put(file.id, file.variants)

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        row = (await self._transaction.execute(_HELD, {"file_id": file_id, **asked(scope)})).one_or_none()
        if row is None:
            return None
        # Only once the row is held: what was there before may have been changed while we waited.
        held = map(variant_of, await self._transaction.execute(_VARIANTS, {"file_id": file_id}))
        return file_of(row, sorted(held, key=lambda variant: variant.name))

    async def save(self, file: MediaFile) -> None:
        changes = {name: value for name, value in file_row(file).items() if name not in {"id", "project_id"}}
        saved = await self._transaction.execute(_SAVED, {**changes, "held_id": file.id})
        if not saved.rowcount:
            self._transaction.refuse(FileMissing("the file is gone"))

    async def save_variants(self, file_id: UUID, variants: Sequence[Variant], *, drop: Sequence[str] = ()) -> None:
        if variants or drop:
            await self._give_up(file_id, variants, drop)
        if drop:
            await self._drop(file_id, drop)
        if variants:
            await self._put(file_id, variants)

    async def remove(self, file_id: UUID) -> bool:
        gone = await self._transaction.execute(delete(files).where(files.c.id == file_id))
        return gone.rowcount == 1

    async def _give_up(self, file_id: UUID, kept: Sequence[Variant], drop: Sequence[str]) -> None:
        """Remember the keys that none of the file's variants will have any more."""
        names = [*drop, *(variant.name for variant in kept)]
        about = {"file_id": file_id, "names": names, "keys": [variant.key for variant in kept]}
        await self._transaction.execute(_GIVEN_UP, about)

    async def _drop(self, file_id: UUID, names: Sequence[str]) -> None:
        unwanted = (variants.c.file_id == file_id, variants.c.name.in_(names))
        await self._transaction.execute(delete(variants).where(*unwanted))

    async def _put(self, file_id: UUID, wanted: Sequence[Variant]) -> None:
        values = [{**fields_of(variant), "file_id": file_id} for variant in wanted]
        try:
            await self._transaction.execute(_putting(self._transaction.dialect), values)
        except ParentMissing:
            self._transaction.refuse(FileMissing("the file is gone"))
        await self._take_again(file_id, [variant.key for variant in wanted])

    async def _take_again(self, file_id: UUID, keys: Sequence[str]) -> None:
        # After the keys were taken: whoever gave one of them up has committed by now, or the index held us up.
        owners = set((await self._transaction.execute(_TAKEN_AGAIN, {"keys": keys})).scalars())
        if owners - {file_id}:
            self._transaction.refuse(AlreadyThere("this key belonged to another file"))
