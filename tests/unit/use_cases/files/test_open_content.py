"""Whose bytes are whose to read."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from application.files.open_content import Content, Moved, OriginalGone
from domain.access import Caller, KeyCaller, KeyScope, Role, UserCaller
from domain.errors import DarkroomError, Forbidden, NotSignedIn
from domain.media import (
    FileMissing,
    FileStatus,
    MediaFile,
    VariantFailed,
    VariantNotReady,
    VariantUnknown,
)
from domain.settings import Visibility, read_settings
from tests.unit.contracts.things import NOW
from tests.unit.use_cases.files.ready import ready
from tests.unit.use_cases.studio import TWO, Studio

pytestmark = pytest.mark.anyio

STRANGER = UserCaller(UUID(int=7), "stranger", Role.USER, frozenset())
FOREIGN_KEY = KeyCaller(UUID(int=8), UUID(int=9), frozenset(KeyScope))
SUPERUSER = UserCaller(UUID(int=10), "su", Role.SU, frozenset({"projects_all"}))
OUTSIDERS = {"a stranger": STRANGER, "a foreign key": FOREIGN_KEY}


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


async def file_in(studio: Studio, visibility: Visibility) -> MediaFile:
    await studio.change(settings=read_settings({"variants": TWO, "visibility": visibility.value}))
    return await ready(studio)


def insiders(studio: Studio) -> list[Caller]:
    return [UserCaller(studio.project.owner_id, "anna", Role.USER, frozenset()), studio.key, SUPERUSER]


@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("variant", [None, "thumb"])
async def test_whoever_may_see_the_project_reads_everything(
    studio: Studio, visibility: Visibility, variant: str | None
) -> None:
    file = await file_in(studio, visibility)
    for caller in insiders(studio):
        content = await studio.open_content(caller, file.id, variant)
        assert content.key == (file.variant(variant).key if variant else file.key)
        assert content.public == (visibility is Visibility.PUBLIC)
        assert not content.lasting, "what an id answers can change"


@pytest.mark.parametrize("caller", [None, *OUTSIDERS.values()], ids=["nobody", *OUTSIDERS])
@pytest.mark.parametrize("variant", [None, "thumb"])
async def test_what_is_public_is_everybodys(studio: Studio, caller: Caller | None, variant: str | None) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    content = await studio.open_content(caller, file.id, variant)
    assert (content.public, content.key) == (True, file.variant(variant).key if variant else file.key)


@pytest.mark.parametrize("variant", [None, "thumb", "unheard-of"])
async def test_what_is_private_is_not_there_for_others(studio: Studio, variant: str | None) -> None:
    file = await file_in(studio, Visibility.PRIVATE)
    for outsider in OUTSIDERS.values():
        with pytest.raises(FileMissing) as foreign:
            await studio.open_content(outsider, file.id, variant)
        with pytest.raises(FileMissing) as absent:
            await studio.open_content(outsider, uuid4(), variant)
        assert str(foreign.value) == str(absent.value)


async def test_nobody_in_particular_is_asked_to_sign_in_whether_it_is_there_or_not(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PRIVATE)
    for file_id in (file.id, uuid4()):
        with pytest.raises(NotSignedIn):
            await studio.open_content(None, file_id)


@pytest.mark.parametrize("visibility", Visibility)
async def test_a_key_for_writing_reads_nothing(studio: Studio, visibility: Visibility) -> None:
    file = await file_in(studio, visibility)
    with pytest.raises(Forbidden, match="may only write"):
        await studio.open_content(replace(studio.key, scopes=frozenset({KeyScope.WRITE})), file.id)


async def test_each_state_of_a_variant_has_its_own_answer(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    async with studio.store.begin() as unit:
        pending = replace(file.variant("wide"), status=file.variant("wide").status.PENDING)
        await unit.files.save_variants(file.id, [pending, file.variant("thumb").refused("it is too wide")])
        await unit.commit()

    with pytest.raises(VariantNotReady, match="'wide' is being made") as waiting:
        await studio.open_content(None, file.id, "wide")
    assert waiting.value.retry_after == 2
    with pytest.raises(VariantFailed, match="could not be made: it is too wide"):
        await studio.open_content(None, file.id, "thumb")
    with pytest.raises(VariantUnknown, match="no variant 'huge'"):
        await studio.open_content(None, file.id, "huge")
    for name, error in (("wide", VariantNotReady), ("thumb", VariantFailed)):
        with pytest.raises(error):
            await studio.open_content.by_key(file.variant(name).key)


async def test_an_original_that_is_gone_says_so_and_its_variants_stay(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    async with studio.store.begin() as unit:
        await unit.files.save(replace(file, original_deleted_at=NOW))
        await unit.commit()
    for answer in (studio.open_content(studio.key, file.id), studio.open_content.by_key(file.key)):
        with pytest.raises(OriginalGone):
            await answer
    assert (await studio.open_content(None, file.id, "thumb")).key == file.variant("thumb").key


async def test_a_key_that_was_given_up_leads_on(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    former = file.variant("thumb").key
    async with studio.store.begin() as unit:
        anew = replace(file.variant("thumb"), recipe="r2", key=f"{former}-r2.webp")
        await unit.files.save_variants(file.id, [anew])
        await unit.commit()
    moved = await studio.open_content.by_key(former)
    assert moved == Moved(f"http://darkroom.test/blobs/{anew.key}")
    content = await studio.open_content.by_key(anew.key)
    assert isinstance(content, Content)
    assert (content.key, content.lasting) == (anew.key, True)

    async with studio.store.begin() as unit:
        await unit.files.save_variants(file.id, [], drop=["thumb"])
        await unit.commit()
    for key in (former, anew.key):
        with pytest.raises(VariantUnknown):
            await studio.open_content.by_key(key)

    await studio.change(settings=read_settings({"variants": TWO, "visibility": "private"}))
    for key in (former, anew.key):
        with pytest.raises(FileMissing):
            await studio.open_content.by_key(key)


async def test_a_public_key_leads_to_exactly_its_bytes_for_ever(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    for key in (file.key, *(variant.key for variant in file.variants)):
        content = await studio.open_content.by_key(key)
        assert (content.key, content.public, content.lasting) == (key, True, True)


async def test_a_private_key_leads_nowhere_nor_does_one_that_nobody_has(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PRIVATE)
    errors = []
    for key in (file.key, file.variant("thumb").key, "no/such/key", "../../etc/passwd", ""):
        with pytest.raises(FileMissing) as refused:
            await studio.open_content.by_key(key)
        errors.append(refused.value.detail)
    assert len(set(errors)) == 1


async def test_what_is_hidden_or_in_the_bin_is_not_there(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PUBLIC)

    async def refused(error: type[DarkroomError]) -> None:
        with pytest.raises(error):
            await studio.open_content(studio.key, file.id)
        with pytest.raises(FileMissing):
            await studio.open_content.by_key(file.key)

    async with studio.store.begin() as unit:
        await unit.files.save(replace(file, status=FileStatus.PENDING))
        await unit.commit()
    await refused(FileMissing)
    async with studio.store.begin() as unit:
        await unit.files.save(file)
        await unit.commit()
    await studio.change(deleted_at=NOW)
    await refused(FileMissing)


@pytest.mark.parametrize(
    ("filename", "of_the_variant"),
    [
        ("me & you.jpg", "me & you-thumb.webp"),
        ("archive.tar.gz", "archive.tar-thumb.webp"),
        ("plain", "plain-thumb.webp"),
        (".hidden", ".hidden-thumb.webp"),
        ("", "-thumb.webp"),
    ],
)
async def test_downloads_are_called_after_the_file_and_what_they_are(
    studio: Studio, filename: str, of_the_variant: str
) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    async with studio.store.begin() as unit:
        await unit.files.save(replace(file, filename=filename))
        await unit.commit()
    assert (await studio.open_content(None, file.id)).filename == filename
    assert (await studio.open_content(None, file.id, "thumb")).filename == of_the_variant


async def test_tags_change_when_the_bytes_do_and_only_then(studio: Studio) -> None:
    file = await file_in(studio, Visibility.PUBLIC)
    tags = [(await studio.open_content(None, file.id, name)).etag for name in (None, "thumb", "wide")]
    assert tags[0] == file.sha256
    assert len(set(tags)) == 3
    by_key = [(await studio.open_content.by_key(key)).etag for key in (file.key, file.variant("thumb").key)]
    assert by_key == tags[:2]

    async with studio.store.begin() as unit:
        await unit.files.save_variants(file.id, [replace(file.variant("thumb"), recipe="another")])
        await unit.commit()
    assert (await studio.open_content(None, file.id, "thumb")).etag != tags[1]
