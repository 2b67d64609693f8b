"""What every keeper of foreign identities promises."""

from uuid import UUID, uuid4

from application.ports.unit_of_work import Store
from domain.oauth import LinkedIdentity
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, put, refused, user

ISSUER = "https://accounts.example"


def linked(user_id: UUID, issuer: str = ISSUER, subject: str = ODD_TEXT) -> LinkedIdentity:
    return LinkedIdentity(issuer, subject, user_id, "google", NOW)


async def link(store: Store, *links: LinkedIdentity) -> None:
    async with store.begin() as unit:
        for each in links:
            await unit.linked_identities.add(each)
        await unit.commit()


async def owner(store: Store, issuer: str = ISSUER, subject: str = ODD_TEXT) -> UUID | None:
    async with store.begin() as unit:
        return await unit.linked_identities.owner(issuer, subject)


class LinkedIdentitiesContract:
    """Suite for `LinkedIdentities`."""

    async def test_an_identity_leads_to_its_account(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await link(rooms.store, linked(anna.id), linked(anna.id, subject="2"), linked(ben.id, "https://other.example"))
        assert await owner(rooms.store) == await owner(rooms.store, subject="2") == anna.id
        assert await owner(rooms.store, "https://other.example") == ben.id

    async def test_whether_an_account_has_any(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await link(rooms.store, linked(anna.id), linked(anna.id, subject="2"))
        async with rooms.store.begin() as unit:
            assert await unit.linked_identities.any_of(anna.id)
            assert not await unit.linked_identities.any_of(ben.id)
            await unit.users.remove(anna.id)
            assert not await unit.linked_identities.any_of(anna.id)

    async def test_an_unknown_identity_leads_nowhere(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        await link(rooms.store, linked(anna.id, subject="Me"))
        assert await owner(rooms.store, subject="me") is None
        assert await owner(rooms.store, ISSUER + "/", "Me") is None

    async def test_an_identity_has_one_account(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await link(rooms.store, linked(anna.id))
        for again in (anna, ben):
            with refused("already_there"):
                await link(rooms.store, linked(again.id))
        assert await owner(rooms.store) == anna.id

    async def test_an_account_must_be_there(self, rooms: Rooms) -> None:
        with refused("parent_missing"):
            await link(rooms.store, linked(uuid4()))

    async def test_without_a_commit_nothing_is_linked(self, rooms: Rooms) -> None:
        anna = user()
        await put(rooms.store, anna)
        async with rooms.store.begin() as unit:
            await unit.linked_identities.add(linked(anna.id))
            assert await unit.linked_identities.owner(ISSUER, ODD_TEXT) == anna.id
        assert await owner(rooms.store) is None

    async def test_links_go_with_their_account(self, rooms: Rooms) -> None:
        anna, ben = user(), user()
        await put(rooms.store, anna, ben)
        await link(rooms.store, linked(anna.id))
        async with rooms.store.begin() as unit:
            await unit.users.remove(anna.id)
            await unit.commit()
        assert await owner(rooms.store) is None
        await link(rooms.store, linked(ben.id))
        assert await owner(rooms.store) == ben.id
