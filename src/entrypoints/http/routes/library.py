"""The door to the library: entities, collections and their versions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from application.files.open_content import OriginalGone
from application.library.authorize_entity import AuthorizeEntity
from application.library.change_entity import ChangeEntity
from application.library.create_entity import CreateEntity
from application.library.delete_entity import DeleteEntity
from application.library.open_entity_file import OpenEntityFile, find_entity
from application.ports.entities import EntityReads
from application.uploads.incoming import Upload
from domain.entity_access import EntityClaims, EntityNeed
from domain.errors import Forbidden, Invalid, NotSignedIn, StorageFull
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.library import (
    CollectionFixed,
    CollectionNotEmpty,
    DuplicateMedia,
    EntityFileMissing,
    EntityMissing,
    EntityVersionMissing,
    ImageMissing,
    ImageUnwanted,
    MediaUnderWay,
    NotMedia,
    WrongParent,
)
from domain.media import VariantFailed, VariantNotReady
from domain.projects import QuotaExceeded
from domain.uploads import EmptyUpload, TypeNotAllowed, UploadTooLarge
from entrypoints.http.blob_responses import BlobResponses
from entrypoints.http.entity_form import entity_form, read_entity_form_away
from entrypoints.http.entity_gate import EntityGate
from entrypoints.http.file_form import SentFile
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.routes.content import ALSO
from entrypoints.http.schemas.items import EntityDeletedBody, Item, ItemsBody, ItemVersion
from entrypoints.http.schemas.library import (
    DeletionQuery,
    EntitiesQuery,
    EntityForm,
    EntityPatch,
    EntityPath,
    NewEntityForm,
    VersionQuery,
    read_form,
)

MODULE = "Entity"
REFUSED = (
    Invalid, WrongParent, ImageUnwanted, EmptyUpload, DuplicateMedia, MediaUnderWay, UploadTooLarge, QuotaExceeded,
    NotMedia, TypeNotAllowed, UnreadableImage, ImageTooBig, StorageFull,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LibraryDoor:
    """Curated entities."""

    entities: EntityReads
    create_entity: CreateEntity
    change_entity: ChangeEntity
    remove_entity: DeleteEntity
    open_file: OpenEntityFile
    responses: BlobResponses
    authorize: AuthorizeEntity
    tag: str = "Library"

    def operations(self) -> Sequence[Op]:
        """All it offers; the list has two addresses, with and without the slash at its end."""
        one, missing = "/entity/{entity_id}", (EntityMissing,)
        past = (*missing, EntityVersionMissing)
        read, write = self._let_in(EntityNeed.READ), self._let_in(EntityNeed.WRITE)
        form: dict[str, Any] = {"max_body": None, "read_away": read_entity_form_away}
        made: dict[str, Any] = {"status": 201, "form": NewEntityForm, "replayed": True, **form}
        return (
            *(
                op
                for path in ("/entity/", "/entity")
                for op in (
                    _op("GET", path, self.list_entities, read, hidden=path == "/entity"),
                    _op("POST", path, self.create, write, *REFUSED, ImageMissing, hidden=path == "/entity", **made),
                )
            ),
            _op("GET", one, self.get_entity, read, *past),
            _op("PUT", one, self.replace_entity, write, *missing, CollectionFixed, *REFUSED, form=EntityForm, **form),
            _op("PATCH", one, self.patch_entity, write, *missing, CollectionFixed, WrongParent),
            _op("DELETE", one, self.delete_entity, write, *missing, CollectionNotEmpty),
            _op("GET", f"{one}/versions", self.list_versions, read, *missing),
            _op(
                "GET",
                f"{one}/file",
                self.get_file,
                read,
                *past,
                EntityFileMissing,
                OriginalGone,
                VariantNotReady,
                VariantFailed,
                media="*/*",
                also=ALSO,
                shown_elsewhere=True,
            ),
        )

    async def list_entities(self, query: EntitiesQuery) -> ItemsBody:
        """Entities by id, those that are deleted left out unless asked for.

        `version` shows those that ever had it, as they were then.
        """
        return ItemsBody.of(await self.entities.page(query.wanted(), query.request()))

    async def create(self, caller: EntityClaims | None, request: Request) -> Item:
        """Make an entity of a file, or a collection without one; the same bytes twice are refused."""
        async with entity_form(request) as form:
            entity = await self.create_entity(
                _by(caller), lambda: read_form(NewEntityForm, form.fields).wanted(), _upload(form.image)
            )
        return await self._item(entity.id)

    async def get_entity(self, path: EntityPath, query: VersionQuery) -> Item:
        """One entity, also one that is deleted; as it was, when a version is named."""
        return await self._item(path.entity_id, query.version)

    async def replace_entity(self, caller: EntityClaims | None, request: Request, path: EntityPath) -> Item:
        """Replace what is said of an entity, and its file when one is sent."""
        async with entity_form(request) as form:
            await self.change_entity(
                _by(caller),
                path.entity_id,
                lambda: read_form(EntityForm, form.fields).changes(),
                _upload(form.image),
            )
        return await self._item(path.entity_id)

    async def patch_entity(self, caller: EntityClaims | None, path: EntityPath, body: EntityPatch) -> Item:
        """Change some of what is said of an entity, move it, delete it for the time being, or restore it."""
        await self.change_entity(_by(caller), path.entity_id, body.changes)
        return await self._item(path.entity_id)

    async def delete_entity(
        self, caller: EntityClaims | None, request: Request, path: EntityPath, query: DeletionQuery
    ) -> EntityDeletedBody:
        """Remove an entity for good, with all its versions and their files."""
        origin = origin_of(request)
        await self.remove_entity(path.entity_id, origin, recursive=query.recursive, by=_by(caller))
        return EntityDeletedBody(id=path.entity_id)

    async def list_versions(self, path: EntityPath) -> list[ItemVersion]:
        """All states of an entity, oldest first."""
        versions = await self.entities.versions(path.entity_id)
        if not versions:
            raise EntityMissing(f"there is no entity {path.entity_id}")
        return [ItemVersion.past(version) for version in versions]

    async def get_file(
        self, caller: EntityClaims | None, request: Request, path: EntityPath, query: VersionQuery
    ) -> Response:
        """The bytes of an entity, or those it had in another version.

        Where everybody may read, whoever may not write gets them without places (`strip_metadata`).
        """
        stranger = caller is None and not await self._may_write(request)
        content = await self.open_file(path.entity_id, query.version, stranger=stranger)
        return await self.responses.answer(request, content)

    async def _may_write(self, request: Request) -> bool:
        try:
            await self._let_in(EntityNeed.WRITE)(request.scope, dict(request.scope["headers"]))
        except (NotSignedIn, Forbidden):
            return False
        return True

    async def _item(self, entity_id: int, version: int | None = None) -> Item:
        return Item.of(await find_entity(self.entities, entity_id, version))

    def _let_in(self, need: EntityNeed) -> EntityGate:
        return EntityGate(self.authorize, need)


def _op(method: str, path: str, handler: Any, gate: EntityGate, *errors: Any, **more: Any) -> Op:
    refused = (*errors, NotSignedIn, Forbidden)
    return Op(method, path, handler, MODULE, auth=Auth.OPTIONAL, guard=gate, errors=refused, **more)


def _by(caller: EntityClaims | None) -> str | None:
    return caller.subject if caller else None


def _upload(image: SentFile | None) -> Upload | None:
    if image is None:
        return None
    return Upload(image.filename, image.content_type, image.chunks, expected_size=image.expected_size)
