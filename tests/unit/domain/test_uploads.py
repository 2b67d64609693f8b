"""What may come in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.media_types import IMAGE_TYPES_TAKEN
from domain.settings import ProjectSettings
from domain.uploads import EmptyUpload, TypeNotAllowed, check_not_empty, check_picture, check_type, upload_limit
from tests.tables import over_rows


@over_rows(
    ("project", "installation", "limit"),
    [
        (None, -1, None),
        (-1, -1, None),
        (None, 100, 100),
        (-1, 100, 100),
        (50, -1, 50),
        (50, 100, 50),
        (500, 100, 100),
        (0, 100, 0),
        (50, 0, 0),
    ],
)
def test_the_narrower_limit_holds(project: int | None, installation: int, limit: int | None) -> None:
    assert upload_limit(ProjectSettings(max_upload_bytes=project), installation) == limit


@over_rows(
    ("allowed", "mime_type", "taken"),
    [
        (None, "application/x-elf", True),
        ((), "image/png", False),
        (("image/png",), "image/png", True),
        (("image/png",), "image/jpeg", False),
        (("image/*",), "image/jpeg", True),
        (("image/*",), "imagery/jpeg", False),
        (("image/*",), "image", False),
        (("video/*", "image/gif"), "image/gif", True),
        (("video/*", "image/gif"), "video/mp4", True),
        (("image/p",), "image/png", False),
    ],
)
def test_a_project_takes_the_types_it_names(allowed: tuple[str, ...] | None, mime_type: str, taken: bool) -> None:
    settings = ProjectSettings(allowed_types=allowed)
    if taken:
        check_type(settings, mime_type)
    else:
        with pytest.raises(TypeNotAllowed, match=mime_type):
            check_type(settings, mime_type)


@over_rows("mime_type", sorted(IMAGE_TYPES_TAKEN))
def test_pictures_we_read_are_taken(mime_type: str) -> None:
    check_picture(mime_type, IMAGE_TYPES_TAKEN, empty=False)


@given(st.sampled_from(["image/svg+xml", "image/bmp", "application/pdf", "image/heic", "text/html"]))
def test_other_bytes_are_not(mime_type: str) -> None:
    with pytest.raises(TypeNotAllowed, match="image/avif, image/gif, image/jpeg") as refused:
        check_picture(mime_type, IMAGE_TYPES_TAKEN, empty=False)
    assert mime_type in refused.value.detail


@pytest.mark.parametrize("mime_type", ["image/heic", "image/heif"])
def test_what_an_extra_would_read_names_it(mime_type: str) -> None:
    with pytest.raises(TypeNotAllowed, match="extra 'heic'"):
        check_picture(mime_type, IMAGE_TYPES_TAKEN, empty=False)


def test_nothing_at_all_is_refused_as_that() -> None:
    with pytest.raises(EmptyUpload):
        check_not_empty(empty=True)
    with pytest.raises(EmptyUpload):
        check_picture("application/octet-stream", IMAGE_TYPES_TAKEN, empty=True)
    check_not_empty(empty=False)
