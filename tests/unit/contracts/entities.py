"""What every keeper of the library's entities promises."""

from dataclasses import replace
from typing import Any

import pytest

from application.ports.entities import EntityQuery, EntityView, Twin
from domain.entity_filters import EntityFilter, read_filter
from domain.errors import AlreadyThere, ParentMissing
from domain.library import Entity, EntityMissing
from domain.media import MediaFile
from domain.media_kinds import MediaKind
from domain.pages import PageRequest
from tests.unit.contracts.rooms import Rooms
from tests.unit.contracts.things import NOW, ODD_TEXT, later, media_file, project, put

LARGE = PageRequest(1, 100)


def entity(label: str = ODD_TEXT, **fields: Any) -> Entity:
    return Entity(label, **{"added_at": NOW, "updated_at": later(1), **fields})


async def add(rooms: Rooms, *drafts: Entity) -> list[Entity]:
    async with rooms.store.begin() as unit:
        kept = [await unit.entities.add(draft) for draft in drafts]
        await unit.commit()
    return kept


async def save(rooms: Rooms, *states: Entity) -> None:
    async with rooms.store.begin() as unit:
        for state in states:
            await unit.entities.save(state)
        await unit.commit()


async def some_file(rooms: Rooms, **fields: Any) -> MediaFile:
    home = project()
    file = media_file(home.id, **fields)
    await put(rooms.store, home, file)
    return file


async def found(rooms: Rooms, version: int | None = None, text: str | None = None, terms: str = "") -> list[int]:
    page = await rooms.entities.page(EntityQuery(version, text, read_filter(terms)), LARGE)
    assert page.total == len(page.items)
    return [view.entity.id for view in page.items]


class EntitiesContract:
    """Suite for `Entities`, `EntityFacts` and `EntityReads`."""

    async def test_gives_an_entity_back_as_it_was(self, rooms: Rooms) -> None:
        file = await some_file(rooms, md5="5" * 32, width=4, height=3, duration=1.5, metadata={"taken_at": "x"})
        full = entity(
            description=ODD_TEXT, file_id=file.id, md5="5" * 32, added_by=ODD_TEXT, updated_by="2", is_deleted=True
        )
        kept, plain = await add(rooms, full, entity("plain", is_collection=True))
        assert kept == replace(full, id=kept.id)
        assert await rooms.entities.get(kept.id) == EntityView(kept, file)
        assert await rooms.entities.get(plain.id) == EntityView(plain, None)
        async with rooms.store.begin() as unit:
            assert await unit.entities.get(kept.id) == kept

    async def test_what_is_not_there(self, rooms: Rooms) -> None:
        assert await rooms.entities.get(1) is None
        assert await rooms.entities.get(2**63 - 1) is None
        assert list(await rooms.entities.versions(1)) == []
        async with rooms.store.begin() as unit:
            assert await unit.entities.get(1) is None
            assert list(await unit.entity_facts.below(1)) == []
            assert list(await unit.entity_facts.above(1)) == []
            assert list(await unit.entity_facts.files_of([1])) == []
            assert await unit.entity_facts.having("0" * 32) is None
            await unit.entities.remove([1])
            with pytest.raises(EntityMissing):
                await unit.entities.save(entity(id=1))

    async def test_ids_are_never_given_twice(self, rooms: Rooms) -> None:
        first, second = await add(rooms, entity(), entity())
        assert first.id < second.id
        async with rooms.store.begin() as unit:
            await unit.entities.remove([second.id])
            await unit.commit()
        (third,) = await add(rooms, entity())
        assert third.id > second.id

    async def test_every_state_is_remembered(self, rooms: Rooms) -> None:
        file = await some_file(rooms)
        (first,) = await add(rooms, entity("first", file_id=file.id))
        (other,) = await add(rooms, entity("other"))
        second = replace(first, label="second", version=2, file_id=None, updated_at=later(5))
        await save(rooms, second)
        assert await rooms.entities.get(first.id) == EntityView(second, None)
        assert await rooms.entities.get(first.id, 1) == EntityView(first, file)
        assert await rooms.entities.get(first.id, 2) == EntityView(second, None)
        assert await rooms.entities.get(first.id, 3) is None
        versions = await rooms.entities.versions(first.id)
        assert [each.view for each in versions] == [EntityView(first, file), EntityView(second, None)]
        (between,) = await rooms.entities.versions(other.id)
        numbers = [versions[0].transaction_id, between.transaction_id, versions[1].transaction_id]
        assert numbers == sorted(set(numbers))

    async def test_a_version_is_written_once(self, rooms: Rooms) -> None:
        (first,) = await add(rooms, entity("first"))
        with pytest.raises(AlreadyThere):
            await save(rooms, replace(first, label="again"))

    async def test_what_is_not_committed_was_never_there(self, rooms: Rooms) -> None:
        async with rooms.store.begin() as unit:
            kept = await unit.entities.add(entity())
        assert await rooms.entities.get(kept.id) is None
        assert list(await rooms.entities.versions(kept.id)) == []

    async def test_an_entity_goes_with_all_its_versions(self, rooms: Rooms) -> None:
        file = await some_file(rooms)
        first, other = await add(rooms, entity(file_id=file.id, md5="5" * 32), entity())
        await save(rooms, replace(first, version=2))
        async with rooms.store.begin() as unit:
            await unit.entities.remove([first.id])
            await unit.commit()
        assert await rooms.entities.get(first.id) is None
        assert await rooms.entities.get(first.id, 1) is None
        assert list(await rooms.entities.versions(first.id)) == []
        assert await found(rooms) == await found(rooms, version=1) == [other.id]
        async with rooms.store.begin() as unit:
            assert await unit.entity_facts.having("5" * 32) is None
            assert await unit.files.remove(file.id)

    async def test_what_holds_others_stays_unless_they_go_too(self, rooms: Rooms) -> None:
        (shelf,) = await add(rooms, entity(is_collection=True))
        (book,) = await add(rooms, entity(parent_id=shelf.id))
        with pytest.raises(ParentMissing):
            async with rooms.store.begin() as unit:
                await unit.entities.remove([shelf.id])
        async with rooms.store.begin() as unit:
            await unit.entities.remove([shelf.id, book.id])
            await unit.commit()
        assert await found(rooms) == []

    async def test_nothing_lies_in_what_is_not_there(self, rooms: Rooms) -> None:
        with pytest.raises(ParentMissing):
            await add(rooms, entity(parent_id=999))
        with pytest.raises(ParentMissing):
            await add(rooms, entity(file_id=media_file(project().id).id))

    async def test_a_removed_file_is_missed_by_its_entity_alone(self, rooms: Rooms) -> None:
        file = await some_file(rooms)
        (kept,) = await add(rooms, entity(file_id=file.id, md5="5" * 32))
        async with rooms.store.begin() as unit:
            await unit.files.remove(file.id)
            await unit.commit()
        bare = replace(kept, file_id=None)
        assert await rooms.entities.get(kept.id) == await rooms.entities.get(kept.id, 1) == EntityView(bare, None)
        async with rooms.store.begin() as unit:
            assert await unit.entities.get(kept.id) == bare
            assert list(await unit.entity_facts.files_of([kept.id])) == []
            assert await unit.entity_facts.having("5" * 32) == Twin(kept.id, None)

    async def test_above_and_below(self, rooms: Rooms) -> None:
        (top,) = await add(rooms, entity(is_collection=True))
        (middle,) = await add(rooms, entity(is_collection=True, parent_id=top.id))
        low, side = await add(rooms, entity(parent_id=middle.id), entity(parent_id=top.id))
        await add(rooms, entity())
        async with rooms.store.begin() as unit:
            assert list(await unit.entity_facts.below(top.id)) == [low.id, middle.id, side.id, top.id]
            assert list(await unit.entity_facts.below(low.id)) == [low.id]
            assert list(await unit.entity_facts.above(low.id)) == [low.id, middle.id, top.id]
            assert list(await unit.entity_facts.above(top.id)) == [top.id]

    async def test_bytes_are_known_by_every_version(self, rooms: Rooms) -> None:
        old, new = await some_file(rooms), await some_file(rooms)
        (first,) = await add(rooms, entity(file_id=old.id, md5="a" * 32))
        await save(rooms, replace(first, version=2, file_id=new.id, md5="b" * 32))
        async with rooms.store.begin() as unit:
            assert await unit.entity_facts.having("a" * 32) == Twin(first.id, old.id)
            assert await unit.entity_facts.having("b" * 32) == Twin(first.id, new.id)
            assert await unit.entity_facts.having("c" * 32) is None
            assert list(await unit.entity_facts.files_of([first.id])) == sorted([old.id, new.id])

    async def test_pages_go_by_id(self, rooms: Rooms) -> None:
        kept = await add(rooms, *(entity(f"{n}") for n in range(5)))
        page = await rooms.entities.page(EntityQuery(), PageRequest(2, 2))
        assert ([view.entity for view in page.items], page.total, page.pages) == (kept[2:4], 5, 3)
        assert list((await rooms.entities.page(EntityQuery(), PageRequest(9, 2))).items) == []

    @pytest.mark.parametrize(
        ("text", "label", "description"),
        [
            ("straSSE", "Straße", None),
            ("МОСКВА", "x", "вид на Москва-реку"),
            ("100%_", "100%_ \\ sure", None),
            ("\\", "a\\b", None),
        ],
    )
    async def test_text_is_looked_for_in_every_alphabet(
        self, rooms: Rooms, text: str, label: str, description: str | None
    ) -> None:
        kept, _ = await add(rooms, entity(label, description=description), entity("100 percent", description="y"))
        assert await found(rooms, text=text) == [kept.id]

    async def test_filters(self, rooms: Rooms) -> None:
        png = await some_file(rooms, mime_type="image/png")
        film = await some_file(rooms, mime_type="video/mp4", kind=MediaKind.VIDEO)
        (shelf,) = await add(rooms, entity("shelf", is_collection=True))
        picture, clip = await add(
            rooms,
            entity("picture", parent_id=shelf.id, file_id=png.id),
            entity("clip", file_id=film.id, is_deleted=True),
        )
        for terms, ids in {
            "": [shelf.id, picture.id, clip.id],
            "type=image": [picture.id],
            "type=video": [clip.id],
            "mime_type=image/png": [picture.id],
            "is_collection=true": [shelf.id],
            "is_collection=false": [picture.id, clip.id],
            f"parent_id={shelf.id}": [picture.id],
            "parent_id=null": [shelf.id, clip.id],
            "is_deleted=true": [clip.id],
            "is_deleted=false": [shelf.id, picture.id],
            "type=image,is_deleted=true": [],
            f"type=image,parent_id={shelf.id},is_collection=false": [picture.id],
        }.items():
            assert await found(rooms, terms=terms) == ids, terms
            assert await found(rooms, version=1, terms=terms) == ids, terms

    async def test_lists_of_the_past(self, rooms: Rooms) -> None:
        first, second = await add(rooms, entity("old name"), entity("other"))
        await save(rooms, replace(first, label="new name", version=2, is_deleted=True))
        assert await found(rooms, version=1) == [first.id, second.id]
        assert await found(rooms, version=2) == [first.id]
        assert await found(rooms, version=3) == []
        assert await found(rooms, version=1, text="old") == [first.id]
        assert await found(rooms, text="old") == []
        page = await rooms.entities.page(EntityQuery(1, filter=EntityFilter(is_deleted=False)), LARGE)
        assert [view.entity for view in page.items] == [first, second]
