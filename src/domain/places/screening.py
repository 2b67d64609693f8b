"""Which files strangers get as they are, and which only once it is known that they tell no place."""

from domain.media import FileStatus, MediaFile
from domain.places.cleaning import COVERED
from domain.projects import Project
from domain.settings import StripMetadata, Visibility


def may_tell_a_place(mime_type: str, strip: StripMetadata) -> bool:
    """Whether files of this type are looked at before strangers get them."""
    return mime_type in COVERED and strip is not StripMetadata.NONE


def is_shown_to_strangers(project: Project, library: bool) -> bool:
    """Whether its originals have addresses that are enough to read them."""
    return library or project.settings.visibility is Visibility.PUBLIC


def wants_screening(project: Project, mime_type: str, *, library: bool = False) -> bool:
    """Whether a file that comes into this project is to be looked at."""
    return is_shown_to_strangers(project, library) and may_tell_a_place(mime_type, project.settings.strip_metadata)


def is_unscreened(project: Project, file: MediaFile, *, library: bool = False) -> bool:
    """Whether one that is there still is."""
    there = file.status is not FileStatus.PENDING and file.original_deleted_at is None
    return there and not file.screened and wants_screening(project, file.mime_type, library=library)
