"""Port: links that let a client talk to the store itself. An optional power of a store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

LINK_LIFE = timedelta(hours=1)
"""How long a link that a reader is sent on to is good for: as long, what it leads to must stay."""


@dataclass(frozen=True, slots=True)
class Link:
    """A signed request somebody else may make once we hand it out."""

    url: str
    method: str
    headers: Mapping[str, str]
    expires_at: datetime


class DirectLinks(Protocol):
    """Signs links to single blobs; making one asks nobody and the blob need not exist."""

    async def download(self, key: str, *, expires_in: int, disposition: str, content_type: str) -> Link:
        """A GET (and its ranges) that answers with these two headers."""
        ...

    async def upload(self, key: str, *, expires_in: int, size: int, content_type: str) -> Link:
        """A PUT that the store takes only with exactly this length and type: both are under the signature."""
        ...
