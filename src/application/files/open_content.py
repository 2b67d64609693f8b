"""The bytes of a file, for whoever may read them."""

from dataclasses import dataclass, replace
from uuid import UUID

from application.ports.files import FileReads
from application.ports.projects import ProjectReads
from domain.access import EVERYTHING, Caller, require_read, scope_of
from domain.errors import Gone, NotSignedIn
from domain.media import FileMissing, MediaFile, openable
from domain.settings import Visibility


class OriginalGone(Gone):
    """The original was removed after its variants were made."""

    code = "original_deleted"


@dataclass(frozen=True, slots=True)
class Content:
    """Which blob answers, and how it may be shown; `lasting` says that this address never answers other bytes."""

    key: str
    mime_type: str
    filename: str
    etag: str
    public: bool
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class OpenContent:
    """Find the blob of a file or of one of its variants."""

    files: FileReads
    projects: ProjectReads

    async def __call__(self, caller: Caller | None, file_id: UUID, variant: str | None = None) -> Content:
        """By id, for a caller, or for anybody when the project is public."""
        if caller is not None:
            require_read(caller)
        own = None if caller is None else await self.files.get(scope_of(caller), file_id)
        file = own or await self.files.get(EVERYTHING, file_id)
        public = await self._is_public(file, file_id)
        if caller is None and not public:
            raise NotSignedIn("sign in, or show an API key")
        if file is None or (own is None and not public):
            raise FileMissing("there is no such file")
        return _original(file, public) if variant is None else _variant(file, variant, public)

    async def by_key(self, key: str) -> Content:
        """By its public address."""
        file = await self.files.holding(key)
        if file is None or not await self._is_public(file, file.id):
            raise FileMissing("there is no such file")
        if file.key == key:
            return replace(_original(file, public=True), lasting=True)
        name = next(variant.name for variant in file.variants if variant.key == key)
        return replace(_variant(file, name, public=True), lasting=True)

    async def _is_public(self, file: MediaFile | None, file_id: UUID) -> bool:
        # An absent file asks for a project too, so that it takes as long as one that belongs to somebody else.
        project = await self.projects.get(EVERYTHING, file.project_id if file else file_id)
        return project is not None and project.settings.visibility is Visibility.PUBLIC


def _original(file: MediaFile, public: bool) -> Content:
    if file.original_deleted_at is not None:
        raise OriginalGone("the original of this file is not kept; its variants are")
    return Content(file.key, file.mime_type, file.filename, file.sha256 or str(file.id), public)


def _variant(file: MediaFile, name: str, public: bool) -> Content:
    variant = openable(file.variant(name))
    stem = file.filename.rpartition(".")[0] or file.filename
    extension = variant.key.rpartition(".")[2]
    return Content(variant.key, variant.mime_type, f"{stem}-{name}.{extension}", f"{file.id}-{variant.recipe}", public)
