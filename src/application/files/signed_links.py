"""Addresses that let whoever has them read one thing for a while."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from application.files.link_makers import LinkMakers
from application.ports.clock import Clock
from application.ports.seals import Seals
from domain.access import Caller
from domain.errors import Forbidden, NotSignedIn

PURPOSE = "content"


class LinkExpired(Forbidden):
    """It was good, and is not any more."""

    code = "link_expired"


class LinkRefused(Forbidden):
    """We never signed this, or whoever had it signed may not read the file any more."""

    code = "link_invalid"


@dataclass(frozen=True, slots=True)
class ShownLink:
    """What a request shows to be let in by: until when, whose link it is, and the seal that covers it."""

    expires: int
    by: str
    signature: str
    download: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What makes an address a link: the name of its maker, and the seal."""

    by: str
    seal: str


@dataclass(frozen=True, slots=True)
class SignedLinks:
    """Signs, and knows again what was signed: file, variant, how it is shown, by whom, and until when."""

    seals: Seals
    makers: LinkMakers
    clock: Clock

    async def sign(
        self, caller: Caller, file_id: UUID, variant: str | None, *, expires: int, download: bool
    ) -> Signature:
        """The signature of an address that is good until `expires`, in seconds since 1970."""
        maker = await self.makers.making(caller)
        if maker is None:
            raise NotSignedIn("this account does not exist any more")
        covered = _covered(file_id, variant, expires, download, maker.sealed)
        return Signature(maker.name, await self.seals.of(PURPOSE, covered))

    async def maker(self, file_id: UUID, variant: str | None, shown: ShownLink) -> Caller:
        """Who made a link that is good; else `LinkRefused` or `LinkExpired`."""
        maker = await self.makers.named(shown.by)
        sealed = maker.sealed if maker else ""
        covered = _covered(file_id, variant, shown.expires, shown.download, sealed)
        fits = await self.seals.fits(PURPOSE, covered, shown.signature)
        if maker is None or not fits:
            raise refused_link()
        if shown.expires <= self.clock.now().timestamp():
            until = datetime.fromtimestamp(shown.expires, UTC).isoformat().replace("+00:00", "Z")
            raise LinkExpired(f"this link was good until {until}; ask for a new one")
        return maker.caller


def refused_link() -> LinkRefused:
    """In the same words, whatever is wrong with a link."""
    return LinkRefused("this is no link of ours, or whoever made it has no access any more; ask for a new one")


def _covered(file_id: UUID, variant: str | None, expires: int, download: bool, maker: str) -> str:
    # No variant can be called 'original', and the name comes last, so that no two links read the same.
    return f"{file_id} {expires} {int(download)} {maker} {'original' if variant is None else variant}"
