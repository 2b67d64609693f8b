"""Addresses that let whoever has them read one thing for a while."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from application.ports.clock import Clock
from application.ports.seals import Seals
from domain.errors import Forbidden

PURPOSE = "content"


class LinkExpired(Forbidden):
    """It was good, and is not any more."""

    code = "link_expired"


class LinkRefused(Forbidden):
    """We never signed this."""

    code = "link_invalid"


@dataclass(frozen=True, slots=True)
class ShownLink:
    """What a request shows to be let in by: until when, and the seal that covers it."""

    expires: int
    signature: str
    download: bool = False


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Signs, and knows again what was signed: file, variant, how it is shown, and until when."""

    seals: Seals
    clock: Clock

    async def sign(self, file_id: UUID, variant: str | None, *, expires: int, download: bool) -> str:
        """The signature of an address that is good until `expires`, in seconds since 1970."""
        return await self.seals.of(PURPOSE, _covered(file_id, variant, expires, download))

    async def refusal(self, file_id: UUID, variant: str | None, shown: ShownLink) -> Forbidden | None:
        """What is wrong with a link, or nothing."""
        covered = _covered(file_id, variant, shown.expires, shown.download)
        if not await self.seals.fits(PURPOSE, covered, shown.signature):
            return LinkRefused("the signature is not the one of this address; ask for a new link")
        if shown.expires <= self.clock.now().timestamp():
            until = datetime.fromtimestamp(shown.expires, UTC).isoformat().replace("+00:00", "Z")
            return LinkExpired(f"this link was good until {until}; ask for a new one")
        return None


def _covered(file_id: UUID, variant: str | None, expires: int, download: bool) -> str:
    # No variant can be called 'original', and the name comes last, so that no two links read the same.
    return f"{file_id} {expires} {int(download)} {'original' if variant is None else variant}"
