"""Files of any kind."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from application.uploads.incoming import UploadTooLarge
from domain.access import KeyCaller, KeyScope, Role, UserCaller
from domain.errors import Forbidden, Invalid
from domain.media import FileStatus
from domain.media_kinds import MediaKind
from domain.projects import ProjectMissing, QuotaExceeded
from domain.uploads import EmptyUpload, TypeNotAllowed
from tests.tables import over_rows
from tests.unit.contracts.things import NOW, project, put
from tests.unit.use_cases.studio import JPEG, Studio, in_pieces, sent, sha256

pytestmark = pytest.mark.anyio

TEXT = b"nothing but words\n"
HOSTILE_NAMES = ["../../etc/passwd", 'a"b; c=d.txt', "写真 🖼.jpg", "C:\\temp\\x.txt", "a\u202egpj.exe", "x" * 5000, " "]


@pytest.fixture
async def studio() -> Studio:
    return await Studio().open()


def owner(studio: Studio, **fields: object) -> UserCaller:
    return replace(UserCaller(studio.project.owner_id, "anna", Role.USER, frozenset()), **fields)  # type: ignore[arg-type]


async def test_a_file_is_kept_as_it_is_and_ready_at_once(studio: Studio) -> None:
    file = await studio.upload_file(studio.key, sent(TEXT, filename="notes.txt", declared_type="text/plain"))

    assert (file.status, file.kind, file.mime_type, file.size) == (
        FileStatus.READY, MediaKind.FILE, "text/plain", len(TEXT)
    )  # fmt: skip
    assert (file.sha256, file.md5) == (sha256(TEXT), hashlib.md5(TEXT).hexdigest())
    assert (file.created_at, file.updated_at) == (NOW, NOW)
    assert file.key == f"naive-{studio.project.id}/files/{file.id}.txt"
    assert await studio.body(file.key) == TEXT
    assert await studio.file(file.id) == file
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (1, len(TEXT))
    assert studio.told == ["file_uploaded"]
    assert studio.rows.rows.jobs == {}


async def test_a_picture_at_this_door_is_a_plain_file(studio: Studio) -> None:
    file = await studio.upload_file(studio.key, sent())
    assert (file.status, file.kind, file.variants) == (FileStatus.READY, MediaKind.IMAGE, ())
    assert "/files/" in file.key
    assert studio.rows.rows.jobs == {}


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_names_are_kept_to_the_letter_and_used_for_nothing(studio: Studio, name: str) -> None:
    file = await studio.upload_file(studio.key, sent(TEXT, filename=name))
    assert (await studio.file(file.id)).filename == name
    assert file.key == f"naive-{studio.project.id}/files/{file.id}.txt"


@pytest.mark.parametrize("declared", ["image/png", "text/html", "application/x-sh", "nonsense", "", None])
async def test_the_bytes_say_what_it_is_whatever_the_sender_says(studio: Studio, declared: str | None) -> None:
    file = await studio.upload_file(studio.key, sent(JPEG, filename="a.html", declared_type=declared))
    assert file.mime_type == "image/jpeg"
    assert file.key.endswith(".jpg")
    unknown = await studio.upload_file(studio.key, sent(b"\x00\x01\x02\x03" * 9, declared_type=declared))
    assert (unknown.mime_type, unknown.kind) == ("application/octet-stream", MediaKind.FILE)
    assert unknown.key.endswith(".bin")


@pytest.mark.parametrize("pieces", [[], [b""], [b"", b"", b""]])
async def test_nothing_at_all_is_no_file(studio: Studio, pieces: list[bytes]) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    with pytest.raises(EmptyUpload):
        await studio.upload_file(studio.key, sent(chunks=chunks()))
    assert studio.steps.seen == []


@over_rows(
    ("installation", "of_the_project", "takes", "refuses"),
    [(10, None, 10, 11), (-1, 10, 10, 11), (20, 10, 10, 11), (10, 20, 10, 11), (10, -1, 10, 11)],
)
async def test_the_narrower_limit_holds_to_the_byte(
    installation: int, of_the_project: int | None, takes: int, refuses: int
) -> None:
    settings = {} if of_the_project is None else {"max_upload_bytes": of_the_project}
    studio = await Studio(settings=settings, max_bytes=installation).open()
    assert (await studio.upload_file(studio.key, sent(b"x" * takes))).size == takes
    with pytest.raises(UploadTooLarge, match="at most 10 bytes"):
        await studio.upload_file(studio.key, sent(b"x" * refuses))
    assert len(studio.rows.rows.files) == 1
    assert len(await studio.keys()) == 1


async def test_what_the_project_does_not_take_is_refused_before_anything_is_kept() -> None:
    studio = await Studio(settings={"allowed_types": ["image/*"]}).open()
    with pytest.raises(TypeNotAllowed, match="text/plain; it takes image/"):
        await studio.upload_file(studio.key, sent(TEXT, declared_type="image/png"))
    assert studio.steps.seen == []
    assert (await studio.upload_file(studio.key, sent())).mime_type == "image/jpeg"


async def test_a_full_project_says_how_full_it_is_and_keeps_nothing(studio: Studio) -> None:
    await studio.change(storage_limit_bytes=100, storage_used_bytes=60)
    with pytest.raises(QuotaExceeded, match="has room for 40 more bytes"):
        await studio.upload_file(studio.key, sent(b"x" * 41))
    assert studio.rows.rows.files == {}
    assert await studio.keys() == set()
    assert (studio.counted.files_count, studio.counted.storage_used_bytes) == (0, 60)

    await studio.upload_file(studio.key, sent(b"x" * 40))
    assert studio.counted.storage_used_bytes == 100


async def test_a_key_uploads_to_its_own_project_whether_it_names_it_or_not(studio: Studio) -> None:
    named = await studio.upload_file(studio.key, sent(TEXT, project_id=studio.project.id))
    silent = await studio.upload_file(studio.key, sent(TEXT))
    assert named.project_id == silent.project_id == studio.project.id


async def test_a_user_names_the_project(studio: Studio) -> None:
    file = await studio.upload_file(owner(studio), sent(TEXT, project_id=studio.project.id))
    assert file.project_id == studio.project.id
    with pytest.raises(Invalid, match="X-Project-Id") as refused:
        await studio.upload_file(owner(studio), sent(TEXT))
    assert [error.field for error in refused.value.errors] == ["X-Project-Id"]


async def test_somebody_elses_project_looks_like_none(studio: Studio) -> None:
    other = project()
    await put(studio.store, other)
    strangers = [owner(studio), studio.key]
    for stranger in strangers:
        with pytest.raises(ProjectMissing) as foreign:
            await studio.upload_file(stranger, sent(TEXT, project_id=other.id))
        with pytest.raises(ProjectMissing) as absent:
            await studio.upload_file(stranger, sent(TEXT, project_id=uuid4()))
        assert str(foreign.value) == str(absent.value)
    assert await studio.keys() == set()


async def test_a_superuser_uploads_anywhere(studio: Studio) -> None:
    superuser = UserCaller(UUID(int=5), "su", Role.SU, frozenset({"projects_all"}))
    file = await studio.upload_file(superuser, sent(TEXT, project_id=studio.project.id))
    assert file.project_id == studio.project.id


async def test_a_project_in_the_bin_takes_nothing(studio: Studio) -> None:
    await studio.change(deleted_at=NOW)
    with pytest.raises(ProjectMissing):
        await studio.upload_file(studio.key, sent(TEXT))


async def test_a_key_for_reading_uploads_nothing(studio: Studio) -> None:
    reading = KeyCaller(UUID(int=1), studio.project.id, frozenset({KeyScope.READ}))
    for upload in (studio.upload_file, studio.upload_image):
        with pytest.raises(Forbidden, match="may only read"):
            await upload(reading, sent())
    assert studio.steps.seen == []


async def test_a_big_file_passes_in_pieces_and_is_measured_whole(studio: Studio) -> None:
    body = bytes(range(256)) * 4096 * 4
    file = await studio.upload_file(studio.key, sent(chunks=in_pieces(body, 64)))
    assert (file.size, file.sha256) == (len(body), sha256(body))
    assert await studio.body(file.key) == body
