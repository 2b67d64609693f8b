"""Cursors: where a list goes on, in words that only we can make and that no other list understands."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.ports.seals import Seals
from domain.errors import FieldError, Invalid
from domain.pages import Mark

PURPOSE = "cursor"
LONGEST = 16_384


class BadCursor(Invalid):
    """It is none of ours, or was given out for another list."""

    code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Cursors:
    """Writes and reads them. `about` is the list: whose it is, its filters and its order."""

    seals: Seals

    async def write(self, about: str, mark: Mark, page: int) -> str:
        """A cursor to the page of this number, which begins behind the mark."""
        moment = isinstance(mark.value, datetime)
        value = mark.value.isoformat() if isinstance(mark.value, datetime) else mark.value
        told = json.dumps([page, str(mark.id), value, moment], ensure_ascii=False, separators=(",", ":")).encode()
        body = urlsafe_b64encode(told).rstrip(b"=").decode()
        return f"{body}.{await self.seals.of(PURPOSE, f'{body} {about}')}"

    async def read(self, about: str, cursor: str) -> tuple[Mark, int]:
        """The mark and the number of the page behind it, or `BadCursor`."""
        body, _, seal = cursor.rpartition(".")
        if len(cursor) > LONGEST or not await self.seals.fits(PURPOSE, f"{body} {about}", seal):
            told = "must be the next_cursor of the same list, with the same filters and the same sort"
            raise BadCursor(f"cursor {told}", errors=[FieldError("cursor", told)])
        page, item, value, moment = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return Mark(datetime.fromisoformat(value) if moment else value, UUID(item)), page
