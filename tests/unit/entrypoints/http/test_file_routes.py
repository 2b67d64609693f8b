"""Files are found in any order however many there are, tell what they may, and go when they are told to."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from adapters.memory.blobs import MemoryBlobs
from application.ports.events import Events
from domain.access import KeyScope
from domain.errors import Unavailable
from domain.events import Event, EventKind
from domain.media import FileStatus
from tests.tables import over_rows
from tests.unit.contracts.things import NOW
from tests.unit.entrypoints.http.gallery import Gallery, Headers, gallery
from tests.unit.entrypoints.world import add_key, world

pytestmark = pytest.mark.anyio

GPS = {"latitude": 47.5, "longitude": 8.5}
SORTS = ["created_at", "-created_at", "filename", "-filename", "size", "-size"]


@pytest.fixture(scope="module")
async def place() -> AsyncIterator[Gallery]:
    """One for all who change nothing that others see."""
    async with world() as here:
        yield await gallery(here)


@pytest.fixture(scope="module")
async def only() -> AsyncIterator[Gallery]:
    async with world() as here:
        yield await gallery(here)


@pytest.fixture
def own(only: Gallery) -> Iterator[Gallery]:
    """Empty at the beginning of each test."""
    with only.here.undone():
        yield only


async def listed(place: Gallery, key: Headers, **query: Any) -> dict[str, Any]:
    answer = await place.client.get("/files", params=query, headers=key)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def walked(place: Gallery, key: Headers, **query: Any) -> list[dict[str, Any]]:
    pages = [await listed(place, key, **query)]
    while pages[-1]["next_cursor"]:
        pages.append(await listed(place, key, **query, cursor=pages[-1]["next_cursor"]))
    assert [page["current_page"] for page in pages] == list(range(1, len(pages) + 1))
    return [file for page in pages for file in page["data"]]


class TestListing:
    @pytest.mark.parametrize("sort", SORTS)
    async def test_by_pages_and_by_cursors_it_is_the_same_list(self, own: Gallery, sort: str) -> None:
        for n in range(11):
            await own.keep(b"x" * (n % 3 + 1), f"{'ABab'[n % 4]}{n % 2}.bin")
        by_cursor = await walked(own, own.public_key, sort=sort, limit=3)
        by_page = [
            file
            for page in range(1, 5)
            for file in (await listed(own, own.public_key, sort=sort, limit=3, page=page))["data"]
        ]
        assert by_cursor == by_page
        assert len({file["id"] for file in by_cursor}) == 11
        field = sort.removeprefix("-")
        values = [str(file[field]).casefold() for file in by_cursor]
        assert values == sorted(values, reverse=sort.startswith("-"))

    async def test_newest_first_unless_told_otherwise(self, own: Gallery) -> None:
        for n in range(3):
            await own.keep(b"x", f"{n}.bin")
        assert await walked(own, own.public_key) == await walked(own, own.public_key, sort="-created_at")

    async def test_what_comes_and_goes_meanwhile_neither_repeats_nor_hides_anything(self, own: Gallery) -> None:
        kept = [(await own.keep(b"x", f"{n}.bin"))["id"] for n in range(6)]
        first = await listed(own, own.public_key, limit=2)
        assert [file["id"] for file in first["data"]] == [kept[5], kept[4]]
        await own.keep(b"x", "new.bin")
        await own.client.delete(f"/files/{kept[4]}", headers=own.public_key)
        second = await listed(own, own.public_key, limit=2, cursor=first["next_cursor"])
        assert [file["id"] for file in second["data"]] == [kept[3], kept[2]]

    async def test_the_shape_of_a_page(self, own: Gallery) -> None:
        for n in range(3):
            await own.keep(b"x", f"{n}.bin")
        first = await listed(own, own.public_key, limit=2)
        assert {name: first[name] for name in first if name not in {"data", "next_cursor"}} == {
            "total_items": 3, "total_pages": 2, "current_page": 1, "page_size": 2,
        }  # fmt: skip
        last = await listed(own, own.public_key, limit=2, page=2)
        assert (len(last["data"]), last["next_cursor"]) == (1, None)
        empty = await listed(own, own.private_key)
        assert (empty["data"], empty["total_items"], empty["next_cursor"]) == ([], 0, None)

    async def test_filters(self, own: Gallery) -> None:
        one, two = await own.keep(b"one", "Über.TXT"), await own.keep(b"two", "50%.bin")
        sha256 = (await own.row(two["id"])).sha256 or ""
        for query, expected in (
            ({"q": "über"}, [one]),
            ({"q": "%"}, [two]),
            ({"q": "nothing"}, []),
            ({"sha256": sha256}, [two]),
            ({"sha256": sha256.upper()}, [two]),
            ({"sha256": "0" * 64}, []),
            ({"status": "ready"}, [two, one]),
            ({"status": "pending"}, []),
            ({"kind": "image"}, []),
            ({"project_id": str(own.public.id)}, [two, one]),
            ({"project_id": str(own.private.id)}, []),
            ({"project_id": str(uuid4())}, []),
        ):
            page = await listed(own, own.public_key, **query)
            assert [file["id"] for file in page["data"]] == [each["id"] for each in expected], query
            assert page["total_items"] == len(expected)

    @over_rows(
        "query",
        [
            "sort=name", "sort=", "sort=--size", "limit=0", "limit=101", "page=0", "sha256=abc", f"sha256={'g' * 64}",
            "kind=picture", "status=gone", "project_id=1", "cursor=", "cursor=nonsense", "cursor=a.b",
            f"cursor={'x' * 20_000}", "q=" + "x" * 201, "q=%00",
        ],
    )  # fmt: skip
    async def test_bad_wishes(self, place: Gallery, query: str) -> None:
        answer = await place.client.get(f"/files?{query}", headers=place.public_key)
        assert answer.status_code == 422, answer.text
        assert query.partition("=")[0] in [error["field"] for error in answer.json()["errors"]]

    async def test_a_cursor_is_good_for_its_own_list_alone(self, own: Gallery) -> None:
        for n in range(3):
            await own.keep(b"x", f"{n}.bin")
            await own.keep(b"x", f"{n}.bin", key=own.private_key)
        cursor = (await listed(own, own.public_key, limit=1, sort="size"))["next_cursor"]
        same = {"limit": 1, "sort": "size", "cursor": cursor}
        assert (await listed(own, own.public_key, **same))["data"]
        again = await add_key(own.here, own.public, frozenset({KeyScope.READ}))
        assert (await listed(own, again, **same))["data"], "another key of the same project sees the same list"
        altered = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        for key, change in (
            (own.private_key, {}),
            (own.here.headers["owner"], {}),
            (own.public_key, {"sort": "-size"}),
            (own.public_key, {"q": "1"}),
            (own.public_key, {"kind": "file"}),
            (own.public_key, {"project_id": str(own.public.id)}),
            (own.public_key, {"cursor": altered}),
        ):
            answer = await own.client.get("/files", params={**same, **change}, headers=key)
            assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), change
        both = await own.client.get("/files", params={**same, "page": 2}, headers=own.public_key)
        assert (both.status_code, both.json()["errors"][0]["field"]) == (422, "page")
        assert len((await listed(own, own.public_key, **{**same, "limit": 2}))["data"]) == 2, "pages may change size"


class TestLooking:
    async def test_where_it_was_taken_is_told_to_the_owner_alone(self, own: Gallery) -> None:
        kept = await own.keep(b"x")
        async with own.here.room.database().store.begin() as unit:
            row = replace(await own.row(kept["id"]), metadata={"camera": "box", "gps": GPS})
            await unit.files.save(row)
            await unit.commit()
        for who, told in (("owner", True), ("su", True)):
            headers = own.here.headers[who]
            (listed_,) = [f for f in (await listed(own, headers))["data"] if f["id"] == kept["id"]]
            one = (await own.client.get(f"/files/{kept['id']}", headers=headers)).json()
            assert listed_ == one
            assert one["metadata"] == {"camera": "box", **({"gps": GPS} if told else {})}
        (through_key,) = (await listed(own, own.public_key))["data"]
        assert through_key["metadata"] == {"camera": "box"}
        one = (await own.client.get(f"/files/{kept['id']}", headers=own.public_key)).json()
        assert one["metadata"] == {"camera": "box"}

    async def test_every_field_is_there(self, place: Gallery) -> None:
        kept = await place.keep(b"words", "a.txt")
        await place.add_variant(kept["id"], "thumb", b"small")
        told = (await place.client.get(f"/files/{kept['id']}", headers=place.public_key)).json()
        row = await place.row(kept["id"])
        times = [moment.isoformat().replace("+00:00", "Z") for moment in (row.created_at, row.updated_at)]
        assert told == {
            "id": kept["id"], "project_id": str(place.public.id), "filename": "a.txt", "mime_type": "text/plain",
            "kind": "file", "size": 5, "url": kept["url"], "status": "ready", "reason": None,
            "variants": {"thumb": f"http://127.0.0.1:3000/blobs/made/thumb/{kept['id']}.webp"},
            "width": None, "height": None, "duration": None, "md5": row.md5, "sha256": row.sha256,
            "placeholder": None, "metadata": {}, "created_at": times[0], "updated_at": times[1],
        }  # fmt: skip


class TestDeleting:
    async def test_it_is_gone_with_its_bytes(self, own: Gallery) -> None:
        kept = await own.keep(b"words")
        await own.add_variant(kept["id"], "thumb", b"small")
        before = await own.blobs()
        answer = await own.client.delete(f"/files/{kept['id']}", headers=own.public_key)
        assert (answer.status_code, answer.json()) == (200, {"message": "File deleted successfully", "id": kept["id"]})
        assert len(before - await own.blobs()) == 2
        for path in (f"/files/{kept['id']}", f"/files/{kept['id']}/content"):
            assert (await own.client.get(path, headers=own.public_key)).status_code == 404
        again = await own.client.delete(f"/files/{kept['id']}", headers=own.public_key)
        assert (again.status_code, again.json()["code"]) == (404, "file_not_found")

    async def test_a_store_that_is_down_does_not_fail_the_answer(
        self, own: Gallery, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = await own.keep(b"words")

        async def down(_self: MemoryBlobs, _key: str) -> None:
            raise Unavailable("no answer")

        monkeypatch.setattr(MemoryBlobs, "remove", down)
        answer = await own.client.delete(f"/files/{kept['id']}", headers=own.public_key)
        assert answer.status_code == 200
        assert UUID(kept["id"]) not in own.rows.files

    async def test_many_at_once(self, own: Gallery) -> None:
        mine = [await own.keep(b"words") for _ in range(3)]
        foreign = await own.keep(b"words", key=own.private_key)
        ids = [mine[0]["id"], mine[1]["id"], mine[0]["id"].upper(), foreign["id"], str(uuid4())]
        answer = await batch(own, {"ids": ids})
        assert answer.status_code == 200
        assert answer.json() == {"deleted_count": 2, "failed_count": 2, "freed_bytes": 10}
        assert (await listed(own, own.public_key))["total_items"] == 1
        assert (await listed(own, own.private_key))["total_items"] == 1

    @over_rows(
        "body",
        [
            {}, {"ids": []}, {"ids": ["x"]}, {"ids": [1]}, {"ids": None}, {"ids": "x"}, [],
            {"ids": [str(UUID(int=n)) for n in range(101)]},
        ],
    )  # fmt: skip
    async def test_bad_wishes(self, place: Gallery, body: object) -> None:
        assert (await batch(place, body)).status_code == 422

    async def test_a_hundred_are_as_many_as_may_be(self, place: Gallery) -> None:
        answer = await batch(place, {"ids": [str(UUID(int=n)) for n in range(100)]})
        assert answer.json() == {"deleted_count": 0, "failed_count": 100, "freed_bytes": 0}


async def batch(place: Gallery, body: object) -> httpx2.Response:
    return await place.client.post("/files/batch-delete", json=body, headers=place.public_key)


class TestTimeline:
    async def test_it_outlives_the_file_and_tells_no_places(self, own: Gallery) -> None:
        kept = await own.keep(b"words")
        job_id = uuid4()
        async with own.here.room.database().store.begin() as unit:
            events: Events = unit.events
            data = {"gps": GPS, "at": "never", "kind": "lie", "job_id": 7, "variant": "thumb", "facts": {"gps": GPS}}
            await events.add(Event(EventKind.VARIANT_READY, own.public.id, NOW, UUID(kept["id"]), job_id, data))
            await unit.commit()
        await own.client.delete(f"/files/{kept['id']}", headers=own.public_key)
        answer = await own.client.get(f"/files/{kept['id']}/timeline", headers=own.public_key)
        assert answer.status_code == 200
        told = answer.json()
        assert told["file_id"] == kept["id"]
        assert [event["kind"] for event in told["events"]] == ["file_uploaded", "variant_ready", "file_deleted"]
        assert told["events"][1] == {
            "at": NOW.isoformat().replace("+00:00", "Z"), "kind": "variant_ready", "job_id": str(job_id),
            "variant": "thumb", "facts": {},
        }  # fmt: skip
        assert told["events"][2]["freed_bytes"] == 5

    @pytest.mark.parametrize("who", ["stranger", "foreign_key", "admin"])
    async def test_it_is_nobody_elses(self, place: Gallery, who: str) -> None:
        kept = await place.keep(b"words")
        await place.client.delete(f"/files/{kept['id']}", headers=place.public_key)
        for file_id in (kept["id"], str(uuid4())):
            answer = await place.client.get(f"/files/{file_id}/timeline", headers=place.here.headers[who])
            assert (answer.status_code, answer.json()["code"]) == (404, "file_not_found")


class TestLinks:
    @over_rows(
        "body",
        [
            {"expires_in": 59}, {"expires_in": 604_801}, {"expires_in": "60"}, {"expires_in": 60.5},
            {"expires_in": True}, {"expires_in": None}, {"download": 1}, {"variant": "x" * 65}, {"variant": 1}, [],
        ],
    )  # fmt: skip
    async def test_bad_wishes(self, place: Gallery, body: object) -> None:
        kept = await place.keep(b"words")
        answer = await place.client.post(f"/files/{kept['id']}/links", json=body, headers=place.public_key)
        assert answer.status_code == 422, answer.text

    @pytest.mark.parametrize("variant", ["huge", "original", ""])
    async def test_a_variant_that_will_never_be(self, place: Gallery, variant: str) -> None:
        kept = await place.keep(b"words")
        made = await place.client.post(
            f"/files/{kept['id']}/links", json={"variant": variant}, headers=place.public_key
        )
        assert (made.status_code, made.json()["code"]) == (404, "variant_unknown")

    async def test_what_is_still_being_made_can_be_shared_already(self, place: Gallery) -> None:
        kept = await place.keep(b"words")
        await place.add_variant(kept["id"], "thumb", b"")
        row = await place.row(kept["id"])
        assert row.status is FileStatus.READY
        made = await place.client.post(
            f"/files/{kept['id']}/links", json={"variant": "thumb", "expires_in": 604_800}, headers=place.public_key
        )
        assert made.status_code == 201
        assert made.json()["expires_at"].endswith("Z")
