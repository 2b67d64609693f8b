"""Codes that sign in once, in SQL."""

from uuid import UUID

from sqlalchemy import delete, select

from adapters.sql.inserting import insert_into
from adapters.sql.rows import fields_of
from adapters.sql.tables import sign_in_codes
from adapters.sql.transaction import Transaction
from domain.sign_in_codes import SignInCode


class SqlSignInCodes:
    """Codes that sign in once, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def put(self, code: SignInCode) -> None:
        values = fields_of(code)
        changes = {name: value for name, value in values.items() if name != "user_id"}
        adding = insert_into(sign_in_codes, self._transaction.dialect).values(values)
        await self._transaction.execute(adding.on_conflict_do_update(index_elements=["user_id"], set_=changes))

    async def get(self, code_hash: str) -> SignInCode | None:
        query = select(sign_in_codes).where(sign_in_codes.c.hash == code_hash).with_for_update()
        row = (await self._transaction.execute(query)).one_or_none()
        return SignInCode(**row._mapping) if row else None

    async def remove(self, user_id: UUID) -> bool:
        gone = await self._transaction.execute(delete(sign_in_codes).where(sign_in_codes.c.user_id == user_id))
        return gone.rowcount == 1
