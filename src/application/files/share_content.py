"""Handing out an address that works for anybody, for a while."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from urllib.parse import urlencode
from uuid import UUID

from application.files.addresses import Addresses
from application.files.signed_links import SignedLinks
from application.ports.files import FileReads
from domain.access import Caller, require_read, scope_of
from domain.media import FileMissing


@dataclass(frozen=True, slots=True)
class SharedAddress:
    """The address, and when it ends."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ShareContent:
    """Sign an address of a file, or of one of its variants, made already or still to be made.

    It is good for as long as its maker may read the file, and no longer than until it expires.
    """

    files: FileReads
    links: SignedLinks
    addresses: Addresses

    async def __call__(
        self, caller: Caller, file_id: UUID, variant: str | None, *, lifetime: timedelta, download: bool = False
    ) -> SharedAddress:
        require_read(caller)
        view = await self.files.get(scope_of(caller), file_id)
        if view is None:
            raise FileMissing("there is no such file")
        if variant is not None:
            view.file.variant(variant)
        return await self.sign(caller, file_id, variant, lifetime=lifetime, download=download)

    async def sign(
        self, caller: Caller, file_id: UUID, variant: str | None, *, lifetime: timedelta, download: bool = False
    ) -> SharedAddress:
        """The same for a file that is known to be there and the caller's."""
        expires = ceil((self.links.clock.now() + lifetime).timestamp())
        signed = await self.links.sign(caller, file_id, variant, expires=expires, download=download)
        shown = {"expires": expires, "by": signed.by, "signature": signed.seal}
        asked = {"variant": variant, "download": "1" if download else None, **shown}
        query = urlencode({name: value for name, value in asked.items() if value is not None}, safe=":")
        return SharedAddress(f"{self.addresses.content(file_id)}?{query}", datetime.fromtimestamp(expires, UTC))
