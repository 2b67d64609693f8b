"""Foreign identities in SQL."""

from uuid import UUID

from sqlalchemy import insert, select

from adapters.sql.rows import fields_of
from adapters.sql.tables import linked_identities
from adapters.sql.transaction import Transaction
from domain.oauth import LinkedIdentity


class SqlLinkedIdentities:
    """Links from foreign identities to accounts, inside a unit of work."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def owner(self, issuer: str, subject: str) -> UUID | None:
        identity = (linked_identities.c.issuer == issuer) & (linked_identities.c.subject == subject)
        found = await self._transaction.execute(select(linked_identities.c.user_id).where(identity))
        return found.scalar_one_or_none()

    async def any_of(self, user_id: UUID) -> bool:
        linked = select(linked_identities.c.subject).where(linked_identities.c.user_id == user_id).limit(1)
        return (await self._transaction.execute(linked)).one_or_none() is not None

    async def add(self, linked: LinkedIdentity) -> None:
        await self._transaction.execute(insert(linked_identities).values(fields_of(linked)))
