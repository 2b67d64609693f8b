"""Files with their variants in SQL, inside units of work."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from adapters.sql.inserting import insert_into
from adapters.sql.rows import FILE_COLUMNS, fields_of, file_of, file_row, variant_of
from adapters.sql.scopes import inside
from adapters.sql.tables import files, former_keys, projects, variants
from adapters.sql.transaction import Transaction
from domain.access import Scope
from domain.errors import AlreadyThere, ParentMissing
from domain.media import FileMissing, MediaFile, Variant
from domain.projects import ProjectMissing


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
        query = (
            select(*FILE_COLUMNS)
            .join(projects, projects.c.id == files.c.project_id)
            .where(files.c.id == file_id, inside(scope))
            .with_for_update(of=files, key_share=True)
        )
        row = (await self._transaction.execute(query)).one_or_none()
        if row is None:
            return None
        # Only once the row is held: what was there before may have been changed while we waited.
        of_file = select(variants).where(variants.c.file_id == file_id)
        held = map(variant_of, await self._transaction.execute(of_file))
        return file_of(row, sorted(held, key=lambda variant: variant.name))

    async def save(self, file: MediaFile) -> None:
        changes = {name: value for name, value in file_row(file).items() if name not in {"id", "project_id"}}
        saved = await self._transaction.execute(update(files).where(files.c.id == file.id).values(changes))
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
        given_up = select(variants.c.key, variants.c.file_id, variants.c.name).where(
            variants.c.file_id == file_id,
            variants.c.name.in_([*drop, *(variant.name for variant in kept)]),
            variants.c.key.not_in([variant.key for variant in kept]),
        )
        await self._transaction.execute(insert(former_keys).from_select(["key", "file_id", "name"], given_up))

    async def _drop(self, file_id: UUID, names: Sequence[str]) -> None:
        unwanted = (variants.c.file_id == file_id, variants.c.name.in_(names))
        await self._transaction.execute(delete(variants).where(*unwanted))

    async def _put(self, file_id: UUID, wanted: Sequence[Variant]) -> None:
        values = [{**fields_of(variant), "file_id": file_id} for variant in wanted]
        putting = insert_into(variants, self._transaction.dialect).values(values)
        new = {c.name: putting.excluded[c.name] for c in variants.c if not c.primary_key}
        try:
            await self._transaction.execute(
                putting.on_conflict_do_update(index_elements=[variants.c.file_id, variants.c.name], set_=new)
            )
        except ParentMissing:
            self._transaction.refuse(FileMissing("the file is gone"))
        await self._take_again(file_id, [variant.key for variant in wanted])

    async def _take_again(self, file_id: UUID, keys: Sequence[str]) -> None:
        # After the keys were taken: whoever gave one of them up has committed by now, or the index held us up.
        taken = delete(former_keys).where(former_keys.c.key.in_(keys)).returning(former_keys.c.file_id)
        owners = set((await self._transaction.execute(taken)).scalars())
        if owners - {file_id}:
            self._transaction.refuse(AlreadyThere("this key belonged to another file"))
