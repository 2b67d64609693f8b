"""The door to the inbox: uploads that go straight to the store."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from application.files.signed_links import LinkExpired, LinkRefused
from application.inbox.complete_upload import CompleteUpload
from application.inbox.presign_upload import PresignUpload
from application.inbox.receive_content import ReceiveContent, SentContent
from application.ports.clock import Clock
from domain.access import UserCaller
from domain.errors import Invalid, StorageFull
from domain.image_headers.budget import ImageTooBig
from domain.image_headers.header import UnreadableImage
from domain.inbox import NotArrived, UploadBusy, UploadDone, UploadExpired, UploadMismatch, UploadMissing
from domain.projects import ProjectMissing, QuotaExceeded
from domain.uploads import DuplicateFile, TypeNotAllowed, UploadTooLarge
from entrypoints.http.log_context import add_context
from entrypoints.http.operations import Auth, Op
from entrypoints.http.origin import origin_of
from entrypoints.http.rates import PRESIGN
from entrypoints.http.schemas.inbox import (
    CompletedBody,
    CompletionBody,
    LinkQuery,
    PresignBody,
    PresignedBody,
    UploadPath,
)


@dataclass(frozen=True, slots=True)
class InboxUploadsDoor:
    """Announcing uploads, sending them, and saying that they are sent."""

    presign: PresignUpload
    receive: ReceiveContent
    complete: CompleteUpload
    clock: Clock
    tag: str = "Inbox"

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        room = (ProjectMissing, UploadTooLarge, QuotaExceeded, TypeNotAllowed)
        sent = (
            UploadMissing, UploadExpired, NotArrived, UploadMismatch, UnreadableImage, ImageTooBig, UploadBusy,
            DuplicateFile,
        )  # fmt: skip
        received = (
            LinkRefused, LinkExpired, UploadMissing, UploadExpired, UploadDone, UploadMismatch, Invalid, *room,
            StorageFull,
        )  # fmt: skip
        return (
            Op(
                "POST", "/uploads/presign", self.presign_upload, "Inbox",
                status=201, auth=Auth.USER, errors=room, replayed=True, rate=PRESIGN,
            ),
            Op(
                "POST", "/uploads/complete", self.complete_upload, "Inbox",
                status=201, auth=Auth.USER, errors=(*sent, *room), replayed=True,
            ),
            Op("PUT", "/uploads/{upload_id}/content", self.send_content, "Inbox", errors=received, max_body=None),
        )  # fmt: skip

    async def presign_upload(self, caller: UserCaller, request: Request, body: PresignBody) -> PresignedBody:
        """Announce a file, and learn where to send it.

        The link takes a file of exactly this length and type, for an hour, from whoever has it. What was sent and not
        completed within a day is forgotten. Without `project_id` it goes into the caller's own project.
        """
        upload, link = await self.presign(caller, body.announced(), origin_of(request, caller))
        return PresignedBody.of(upload, link, self.clock.now())

    async def complete_upload(self, caller: UserCaller, request: Request, body: CompletionBody) -> CompletedBody:
        """Make an asset of a file that was sent; asked again, it answers the same.

        The file must be there, as long as it was announced, of the type and with the hash that were told; what is not
        is removed. The hash of a file above 64 MiB is looked at afterwards, and one that is wrong makes the asset
        `failed`.
        """
        upload = await self.complete(caller, body.sent(), origin_of(request, caller))
        add_context(file=upload.file_id)
        return CompletedBody.model_validate(
            {
                "asset_id": upload.file_id,
                "object_key": upload.file_key,
                "status": upload.status,
                "completed_at": upload.completed_at,
            }
        )

    async def send_content(self, request: Request, path: UploadPath, query: LinkQuery) -> Response:
        """Send the bytes of an announced upload, by the link that was handed out for it.

        Where the store takes files itself, the link leads there instead. Sent again, they replace what was there.
        """
        length = request.headers.get("content-length", "")
        kept = await self.receive(
            SentContent(
                path.upload_id,
                query.expires,
                query.signature,
                int(length) if length.isascii() and length.isdigit() and len(length) < 20 else None,
                request.headers.get("content-type"),
                _body(request),
            )
        )
        return Response(status_code=200, headers={"ETag": f'"{kept.etag.strip(chr(34))}"'})


async def _body(request: Request) -> AsyncIterator[bytes]:
    async for chunk in request.stream():
        if chunk:
            yield chunk
