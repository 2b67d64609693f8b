"""Foreign identities in memory."""

from uuid import UUID

from adapters.memory.state import Draft
from domain.errors import AlreadyThere, ParentMissing
from domain.oauth import LinkedIdentity


class MemoryLinkedIdentities:
    """Links from foreign identities to accounts, inside a unit of work."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    async def owner(self, issuer: str, subject: str) -> UUID | None:
        rows = self._draft.rows
        linked = rows.linked_identities.get((issuer, subject))
        # A link goes when its account does.
        return linked.user_id if linked is not None and linked.user_id in rows.users else None

    async def any_of(self, user_id: UUID) -> bool:
        rows = self._draft.rows
        return user_id in rows.users and any(each.user_id == user_id for each in rows.linked_identities.values())

    async def add(self, linked: LinkedIdentity) -> None:
        rows = self._draft.rows
        if await self.owner(linked.issuer, linked.subject) is not None:
            self._draft.refuse(AlreadyThere("this identity is linked already"))
        if linked.user_id not in rows.users:
            self._draft.refuse(ParentMissing("the user is gone"))
        rows.linked_identities[linked.issuer, linked.subject] = linked
