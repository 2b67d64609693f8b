"""Second factors in SQL."""

from uuid import UUID

from sqlalchemy import delete, select

from adapters.sql.inserting import insert_into
from adapters.sql.rows import fields_of
from adapters.sql.tables import second_factors
from adapters.sql.transaction import Transaction
from domain.second_factor import SecondFactor


class SqlSecondFactors:
    """Second factors, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(self, user_id: UUID) -> SecondFactor | None:
        query = select(second_factors).where(second_factors.c.user_id == user_id).with_for_update(key_share=True)
        row = (await self._transaction.execute(query)).one_or_none()
        return None if row is None else SecondFactor(**{**row._mapping, "recovery_hashes": tuple(row.recovery_hashes)})

    async def put(self, factor: SecondFactor) -> None:
        values = {**fields_of(factor), "recovery_hashes": list(factor.recovery_hashes)}
        changes = {name: value for name, value in values.items() if name != "user_id"}
        adding = insert_into(second_factors, self._transaction.dialect).values(values)
        await self._transaction.execute(adding.on_conflict_do_update(index_elements=["user_id"], set_=changes))

    async def remove(self, user_id: UUID) -> bool:
        gone = await self._transaction.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
        return gone.rowcount == 1
