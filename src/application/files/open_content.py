"""The bytes of a file, for whoever may read them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from application.files.addresses import Addresses
from application.files.signed_links import LinkExpired, LinkRefused, ShownLink, SignedLinks, refused_link
from application.ports.files import FileReads, FileView
from domain.access import EVERYTHING, Caller, require_read, scope_of
from domain.errors import DarkroomError, Forbidden, Gone, NotSignedIn
from domain.media import PUBLIC_COPY, FileMissing, MediaFile, VariantNotReady, openable
from domain.object_keys import is_apart
from domain.places.screening import may_tell_a_place
from domain.settings import Visibility


class OriginalGone(Gone):
    """The original was removed after its variants were made."""

    code = "original_deleted"


@dataclass(frozen=True, slots=True)
class Content:
    """Which blob answers, and how it may be shown.

    `lasting` says that this address never answers other bytes, `until` when the link that opened it ends.
    """

    key: str
    mime_type: str
    filename: str
    etag: str
    public: bool
    lasting: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The variant lies elsewhere by now."""

    address: str


@dataclass(frozen=True, slots=True)
class OpenContent:
    """Find the blob of a file or of one of its variants."""

    files: FileReads
    links: SignedLinks
    addresses: Addresses

    async def __call__(
        self, caller: Caller | None, file_id: UUID, variant: str | None = None, link: ShownLink | None = None
    ) -> Content:
        """By id: for a caller, by a link we signed, or for anybody when the project is public."""
        # Looked for in the same way whosever it is, so that what is foreign takes as long as what is absent.
        view = await self.files.get(EVERYTHING, file_id)
        refusal = await self._refusal(view, file_id, variant, link) if link else None
        if link is None or refusal is not None:
            _admit(caller, view, refusal)
        if view is None:
            raise FileMissing("there is no such file")
        public = _is_public(view)
        content = (
            self._chosen(view, caller, public, by_link=link is not None and refusal is None)
            if variant is None
            else _variant(view.file, variant, public)
        )
        if link is None or refusal is not None:
            return content
        return replace(content, until=datetime.fromtimestamp(link.expires, UTC))

    def _chosen(self, view: FileView, caller: Caller | None, public: bool, *, by_link: bool) -> Content:
        """Whoever has a right of their own, or a link of somebody who has, gets the very bytes of an original."""
        exact = not public or by_link or _is_own(caller, view)
        return _original(view.file, exact_for(view, public)) if exact else shown_original(view)

    async def _refusal(
        self, view: FileView | None, file_id: UUID, variant: str | None, link: ShownLink
    ) -> DarkroomError | None:
        """Why a link lets nobody in, or nothing: it opens what its maker may read now."""
        try:
            maker = await self.links.maker(file_id, variant, link)
            require_read(maker)
        except (LinkRefused, LinkExpired) as refusal:
            return refusal
        except Forbidden:
            return refused_link()
        return None if view is None or _is_own(maker, view) else refused_link()

    async def by_key(self, key: str) -> Content | Moved:
        """By its public address; a key that a variant gave up leads to where the variant lies now."""
        held = None if is_apart(key) else await self.files.holding(key)
        if held is None or not _is_public(held.view):
            raise FileMissing("there is no such file")
        file, name = held.view.file, held.variant
        if name is None or name == PUBLIC_COPY:
            return replace(shown_original(held.view), lasting=True)
        if held.current:
            return replace(_variant(file, name, public=True), lasting=True)
        file.variant(name)
        return Moved(self.addresses.variants(file, held.view.visibility)[name])


def _admit(caller: Caller | None, view: FileView | None, refusal: DarkroomError | None) -> None:
    if caller is not None:
        require_read(caller)
    if view is not None and (_is_public(view) or _is_own(caller, view)):
        return
    if refusal is not None:
        raise refusal
    if caller is None:
        raise NotSignedIn("sign in, or show an API key")
    raise FileMissing("there is no such file")


def _is_public(view: FileView) -> bool:
    return view.visibility is Visibility.PUBLIC


def _is_own(caller: Caller | None, view: FileView) -> bool:
    return caller is not None and scope_of(caller).covers(project_id=view.file.project_id, owner_id=view.owner_id)


def _original(file: MediaFile, public: bool) -> Content:
    if file.original_deleted_at is not None:
        raise OriginalGone("the original of this file is not kept; its variants are")
    return Content(file.key, file.mime_type, file.filename, file.sha256 or str(file.id), public)


def exact_for(view: FileView, public: bool) -> bool:
    """Whether caches may show to all what this caller gets."""
    return public and view.file.screened and view.file.public_copy is None


def shown_original(view: FileView) -> Content:
    """What strangers get of an original: a copy where it tells a place, and nothing before that is known."""
    file, copy = view.file, view.file.public_copy
    if file.original_deleted_at is not None or not (copy or may_tell_a_place(file.mime_type, view.strip)):
        return _original(file, public=True)
    if copy is not None:
        made = openable(copy)
        etag = f"{file.id}-{made.recipe.replace(' ', '-')}"
        return Content(made.key, file.mime_type, file.filename, etag, public=True)
    if not file.screened:
        raise VariantNotReady("the original is looked through for places first; ask again in a moment", retry_after=2)
    return _original(file, public=True)


def _variant(file: MediaFile, name: str, public: bool) -> Content:
    variant = openable(file.variant(name))
    stem = file.filename.rpartition(".")[0] or file.filename
    extension = variant.key.rpartition(".")[2]
    return Content(variant.key, variant.mime_type, f"{stem}-{name}.{extension}", f"{file.id}-{variant.recipe}", public)
