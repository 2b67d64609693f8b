"""Addresses that work for anybody, for a while, and for exactly one thing."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import pytest

from application.files.open_content import Content
from application.files.share_content import SharedAddress
from application.files.signed_links import LinkExpired, LinkRefused, ShownLink, SignedLinks
from application.identity.live_sessions import KnownAccounts
from domain.access import Caller, KeyCaller, KeyScope, Role, UserCaller
from domain.api_keys import ApiKey
from domain.audit import Origin
from domain.errors import DarkroomError, Forbidden, NotSignedIn
from domain.identity import User
from domain.media import FileMissing, MediaFile, VariantUnknown
from domain.settings import Visibility, read_settings
from tests.unit.contracts.things import api_key, put, user
from tests.unit.use_cases.files.ready import ready
from tests.unit.use_cases.studio import TWO, Studio

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
STRANGER = UserCaller(UUID(int=7), "stranger", Role.USER, frozenset())
FOREIGN_KEY = KeyCaller(UUID(int=8), UUID(int=9), frozenset(KeyScope))


@pytest.fixture
async def studio() -> Studio:
    studio = await Studio().open()
    await put(studio.store, api_key(studio.project.id, id=studio.key.key_id, expires_at=None))
    await studio.change(settings=read_settings({"variants": TWO, "visibility": "private"}))
    return studio


def shown(shared: SharedAddress) -> ShownLink:
    query = parse_qs(urlsplit(shared.url).query)
    return ShownLink(int(query["expires"][0]), query["by"][0], query["signature"][0], "download" in query)


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
        (file.id, "thumb", replace(link, by="")),
        (file.id, "thumb", replace(link, by=f"key:{uuid4()}")),
        (file.id, "thumb", replace(link, by=f"user:{studio.project.owner_id}")),
        (file.id, "thumb", replace(link, by="写真")),
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
    bad = ShownLink(1, "nobody", "nonsense")
    assert (await studio.open_content(studio.key, file.id, None, bad)).key == file.key
    with pytest.raises(LinkRefused):
        await studio.open_content(None, file.id, None, bad)
    await studio.change(settings=read_settings({"variants": TWO, "visibility": Visibility.PUBLIC.value}))
    await studio.screen_original(file.id)
    assert (await studio.open_content(None, file.id, None, bad)).key == file.key


async def test_a_link_ends_with_its_file_and_with_its_project(studio: Studio) -> None:
    file = await ready(studio)
    owner = user(id=studio.project.owner_id)
    await put(studio.store, owner)
    caller = UserCaller(owner.id, owner.username, owner.role, owner.permissions)
    link = shown(await shared(studio, file))
    of_owner = shown(await studio.share_content(caller, file.id, None, lifetime=HOUR))
    await studio.change(deleted_at=studio.clock.now())
    with pytest.raises(FileMissing):
        await studio.open_content(None, file.id, None, of_owner)
    with pytest.raises(LinkRefused):
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


async def kept(studio: Studio, thing: User | ApiKey) -> None:
    """An account or a key, changed behind everybody's back."""
    async with studio.store.begin() as unit:
        await (unit.users.save(thing) if isinstance(thing, User) else unit.api_keys.save(thing))
        await unit.commit()


async def opened(studio: Studio, file: MediaFile, link: SharedAddress) -> bool:
    try:
        return (await studio.open_content(None, file.id, None, shown(link))).key == file.key
    except LinkRefused:
        return False


async def test_a_link_of_a_key_ends_with_the_key(studio: Studio) -> None:
    file = await ready(studio)
    link = await shared(studio, file)
    key = await studio.api_keys.known(studio.key.key_id)
    assert key is not None
    for changed in (
        replace(key, is_active=False),
        replace(key, expires_at=studio.clock.now()),
        replace(key, scopes=frozenset({KeyScope.WRITE})),
    ):
        await kept(studio, changed)
        assert not await opened(studio, file, link), changed
        await kept(studio, key)
        assert await opened(studio, file, link), "it is the key's own state that counts"
    async with studio.store.begin() as unit:
        await unit.api_keys.remove(studio.project.id, key.id)
        await unit.commit()
    assert not await opened(studio, file, link)


async def test_a_link_of_a_user_ends_with_the_account_and_with_what_it_may_see(studio: Studio) -> None:
    """The cache of accounts has seen all of them a moment ago."""
    file = await ready(studio)
    owner = user(id=studio.project.owner_id, updated_at=studio.clock.now())
    su = user(role=Role.SU, updated_at=studio.clock.now())
    await put(studio.store, owner, su)
    links = {}
    for each in (owner, su):
        caller = UserCaller(each.id, each.username, each.role, each.permissions)
        links[each.id] = await studio.share_content(caller, file.id, None, lifetime=HOUR)
        assert await opened(studio, file, links[each.id])
    for was, changed in (
        (owner, replace(owner, is_active=False)),
        (owner, replace(owner, links_since=studio.clock.now())),
        (su, replace(su, role=Role.USER)),
    ):
        await kept(studio, changed)
        assert not await opened(studio, file, links[was.id]), changed
        await kept(studio, was)
        assert await opened(studio, file, links[was.id])
    for each in (owner, su):
        async with studio.store.begin() as unit:
            await unit.users.remove(each.id)
            await unit.commit()
        assert not await opened(studio, file, links[each.id])


async def test_links_made_after_an_account_changed_hands_are_good(studio: Studio) -> None:
    file = await ready(studio)
    owner = user(id=studio.project.owner_id, links_since=studio.clock.now())
    await put(studio.store, owner)
    caller = UserCaller(owner.id, owner.username, owner.role, owner.permissions)
    assert await opened(studio, file, await studio.share_content(caller, file.id, None, lifetime=HOUR))
    async with studio.store.begin() as unit:
        await unit.users.remove(owner.id)
        await unit.commit()
    studio.clock.advance(timedelta(minutes=3))
    with pytest.raises(NotSignedIn):
        await replace(studio.share_content, links=with_empty_cache(studio)).sign(caller, file.id, None, lifetime=HOUR)


def with_empty_cache(studio: Studio) -> SignedLinks:
    accounts = KnownAccounts(studio.users, studio.clock)
    return replace(studio.links, makers=replace(studio.links.makers, accounts=accounts))
