"""Links by which a client sends bytes without signing in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil
from urllib.parse import urlencode
from uuid import UUID

from application.files.signed_links import LinkExpired, LinkRefused
from application.ports.clock import Clock
from application.ports.direct_links import DirectLinks, Link
from application.ports.seals import Seals
from domain.inbox import PresignedUpload

PURPOSE = "upload"
LARGEST_DIRECT = 5 * 1024**3  # of a single request to a store


@dataclass(frozen=True, slots=True)
class UploadLinks:
    """Signs a link to the store itself, or, where the store cannot take it, to ourselves."""

    seals: Seals
    clock: Clock
    public_url: str
    direct: DirectLinks | None = None

    async def __call__(self, upload: PresignedUpload) -> Link:
        """A request that sends exactly what was announced."""
        lifetime = ceil((upload.expires_at - self.clock.now()).total_seconds())
        if self.direct is not None and upload.size <= LARGEST_DIRECT:
            size, kind = upload.size, upload.content_type
            return await self.direct.upload(upload.object_key, expires_in=lifetime, size=size, content_type=kind)
        expires = ceil(upload.expires_at.timestamp())
        signature = await self.seals.of(PURPOSE, _covered(upload.id, expires))
        query = urlencode({"expires": expires, "signature": signature})
        url = f"{self.public_url}/uploads/{upload.id}/content?{query}"
        headers = {"Content-Length": str(upload.size), "Content-Type": upload.content_type}
        return Link(url, "PUT", headers, datetime.fromtimestamp(expires, UTC))

    async def check(self, upload_id: UUID, expires: int, signature: str) -> None:
        """Refuse a link to ourselves that we never signed, or whose time is over."""
        if not await self.seals.fits(PURPOSE, _covered(upload_id, expires), signature):
            raise LinkRefused("the signature is not the one of this address; ask for a new link")
        if expires <= self.clock.now().timestamp():
            raise LinkExpired("this link is not good any more; announce the upload again")


def _covered(upload_id: UUID, expires: int) -> str:
    # Size and type need not be covered: they are kept with the upload and never change.
    return f"{upload_id} {expires}"
