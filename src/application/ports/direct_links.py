"""Port: links that let a client talk to the store itself. An optional power of a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

LINKS_CHANGE = timedelta(hours=1)
"""How long readers are sent on to one and the same link, so that browsers and caches know it again."""
LINK_LIFE = 2 * LINKS_CHANGE
"""How long such a link is good for, and so at least an hour from when it is told: as long, its blob must stay."""


@dataclass(frozen=True, slots=True)
class Link:
    """A signed request somebody else may make once we hand it out."""

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


def period_of(now: datetime) -> datetime:
    """Since when all who ask at this moment get the same link."""
    return now - (now - datetime.min.replace(tzinfo=now.tzinfo)) % LINKS_CHANGE


class DirectLinks(Protocol):
    """Signs links to single blobs; making one asks nobody and the blob need not exist."""

    async def download(
        self,
        key: str,
        *,
        expires_in: int,
        disposition: str,
        content_type: str,
        cache_control: str | None = None,
        since: datetime | None = None,
    ) -> Link:
        """A GET (and its ranges) that answers with these headers.

        It is good from `since` on, or from now; with it, the same arguments give the same link.
        """
        ...

    async def upload(self, key: str, *, expires_in: int, size: int, content_type: str) -> Link:
        """A PUT that the store takes only with exactly this length and type: both are under the signature."""
        ...
