"""Addresses that work for anybody, for a while, and for exactly one thing."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from application.files.open_content import Content
from application.files.share_content import SharedAddress
from application.files.signed_links import LinkExpired, LinkRefused, ShownLink
from domain.access import Caller, KeyCaller, KeyScope, Role, UserCaller
from domain.audit import Origin
from domain.errors import DarkroomError, Forbidden
from domain.media import FileMissing, MediaFile, VariantUnknown
from domain.settings import Visibility, read_settings
from tests.unit.use_cases.files.ready import ready
from tests.unit.use_cases.studio import TWO, Studio

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
STRANGER = UserCaller(UUID(int=7), "stranger", Role.USER, frozenset())
FOREIGN_KEY = KeyCaller(UUID(int=8), UUID(int=9), frozenset(KeyScope))


@pytest.fixture
async def studio() -> Studio:
    studio = await Studio().open()
    await studio.change(settings=read_settings({"variants": TWO, "visibility": "private"}))
    return studio


def shown(shared: SharedAddress) -> ShownLink:
    query = parse_qs(urlsplit(shared.url).query)
    return ShownLink(int(query["expires"][0]), query["signature"][0], "download" in query)


async def shared(studio: Studio, file: MediaFile, variant: str | None = None, **more: bool) -> SharedAddress:
    return await studio.share_content(studio.key, file.id, variant, lifetime=HOUR, **more)


@pytest.mark.parametrize("variant", [None, "thumb"])
@pytest.mark.parametrize("caller", [None, STRANGER, FOREIGN_KEY], ids=["nobody", "a stranger", "a foreign key"])
async def test_whoever_has_the_address_reads_until_it_ends(
    studio: Studio, variant: str | None, caller: Caller | None
) -> None:
    file = await ready(studio)
    link = await shared(studio, file, variant)
    path, query = urlsplit(link.url).path, parse_qs(urlsplit(link.url).query)
    assert path == f"/files/{file.id}/content"
    assert query.get("variant") == ([variant] if variant else None)
    assert HOUR <= link.expires_at - studio.clock.now() < HOUR + timedelta(seconds=1)

    content = await studio.open_content(caller, file.id, variant, shown(link))
    assert (content.key, content.public, content.lasting) == (
        file.variant(variant).key if variant else file.key, False, False,
    )  # fmt: skip
    studio.clock.advance(timedelta(minutes=59))
    assert isinstance(await studio.open_content(caller, file.id, variant, shown(link)), Content)
    studio.clock.advance(timedelta(minutes=2))
    with pytest.raises(LinkExpired, match=r"was good until 20\S+Z"):
        await studio.open_content(caller, file.id, variant, shown(link))


async def test_it_is_good_for_nothing_else(studio: Studio) -> None:
    file, other = await ready(studio), await ready(studio)
    link = shown(await shared(studio, file, "thumb"))
    attempts: list[tuple[UUID, str | None, ShownLink]] = [
        (other.id, "thumb", link),
        (uuid4(), "thumb", link),
        (file.id, None, link),
        (file.id, "wide", link),
        (file.id, "original", link),
        (file.id, "thumb", replace(link, expires=link.expires + 1)),
        (file.id, "thumb", replace(link, download=True)),
        (file.id, "thumb", replace(link, signature="")),
        (file.id, "thumb", replace(link, signature=link.signature[:-1])),
        (file.id, "thumb", replace(link, signature="写真")),
    ]
    told: set[str] = set()
    for attempt in attempts:
        with pytest.raises(LinkRefused) as refused:
            await studio.open_content(None, *attempt)
        told.add(str(refused.value))
    assert len(told) == 1, "whether it is there or not"


async def test_rights_of_ones_own_are_not_hindered_by_a_bad_link(studio: Studio) -> None:
    file = await ready(studio)
    bad = ShownLink(1, "nonsense")
    assert (await studio.open_content(studio.key, file.id, None, bad)).key == file.key
    with pytest.raises(LinkRefused):
        await studio.open_content(None, file.id, None, bad)
    await studio.change(settings=read_settings({"variants": TWO, "visibility": Visibility.PUBLIC.value}))
    assert (await studio.open_content(None, file.id, None, bad)).key == file.key


async def test_a_link_ends_with_its_file_and_with_its_project(studio: Studio) -> None:
    file = await ready(studio)
    link = shown(await shared(studio, file))
    await studio.change(deleted_at=studio.clock.now())
    with pytest.raises(FileMissing):
        await studio.open_content(None, file.id, None, link)
    await studio.change(deleted_at=None)
    await studio.delete_files(studio.key, [file.id], Origin())
    with pytest.raises(FileMissing):
        await studio.open_content(None, file.id, None, link)


async def test_only_readers_share_and_only_what_will_be(studio: Studio) -> None:
    file = await studio.uploaded()
    assert (await shared(studio, file, "thumb")).url, "it may still be in the making"
    with pytest.raises(VariantUnknown):
        await shared(studio, file, "huge")
    attempts: list[tuple[Caller, type[DarkroomError]]] = [
        (STRANGER, FileMissing),
        (FOREIGN_KEY, FileMissing),
        (replace(studio.key, scopes=frozenset({KeyScope.WRITE})), Forbidden),
    ]
    for caller, error in attempts:
        with pytest.raises(error):
            await studio.share_content(caller, file.id, None, lifetime=HOUR)


async def test_whether_it_is_saved_is_part_of_the_link(studio: Studio) -> None:
    file = await ready(studio)
    link = shown(await shared(studio, file, download=True))
    assert link.download
    assert (await studio.open_content(None, file.id, None, link)).key == file.key
    with pytest.raises(LinkRefused):
        await studio.open_content(None, file.id, None, replace(link, download=False))
