"""Files with their variants in SQL."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from adapters.sql.inserting import insert_into
from adapters.sql.rows import fields_of, file_of, file_row, variant_of
from adapters.sql.scopes import inside
from adapters.sql.tables import files, projects, variants
from adapters.sql.transaction import Transaction
from domain.access import Scope
from domain.errors import ParentMissing
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
        await self.save_variants(file.id, file.variants)

    async def get(self, scope: Scope, file_id: UUID) -> MediaFile | None:
        query = (
            select(files)
            .join(projects, projects.c.id == files.c.project_id)
            .where(files.c.id == file_id, inside(scope))
            .with_for_update(of=files, key_share=True)
        )
        row = (await self._transaction.execute(query)).one_or_none()
        if row is None:
            return None
        of_file = select(variants).where(variants.c.file_id == file_id).order_by(variants.c.name)
        return file_of(row, map(variant_of, await self._transaction.execute(of_file)))

    async def save(self, file: MediaFile) -> None:
        changes = {name: value for name, value in file_row(file).items() if name not in {"id", "project_id"}}
        saved = await self._transaction.execute(update(files).where(files.c.id == file.id).values(changes))
        if not saved.rowcount:
            self._transaction.refuse(FileMissing("the file is gone"))

    async def save_variants(self, file_id: UUID, variants: Sequence[Variant], *, drop: Sequence[str] = ()) -> None:
        if drop:
            await self._drop(file_id, drop)
        if variants:
            await self._put([{**fields_of(variant), "file_id": file_id} for variant in variants])

    async def remove(self, file_id: UUID) -> bool:
        gone = await self._transaction.execute(delete(files).where(files.c.id == file_id))
        return gone.rowcount == 1

    async def _drop(self, file_id: UUID, names: Sequence[str]) -> None:
        unwanted = (variants.c.file_id == file_id, variants.c.name.in_(names))
        await self._transaction.execute(delete(variants).where(*unwanted))

    async def _put(self, values: list[dict[str, object]]) -> None:
        putting = insert_into(variants, self._transaction.dialect).values(values)
        new = {c.name: putting.excluded[c.name] for c in variants.c if not c.primary_key}
        try:
            await self._transaction.execute(
                putting.on_conflict_do_update(index_elements=[variants.c.file_id, variants.c.name], set_=new)
            )
        except ParentMissing:
            self._transaction.refuse(FileMissing("the file is gone"))
