"""Port: API keys."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.api_keys import ApiKey
from domain.pages import Page, PageRequest


class ApiKeys(Protocol):
    """API keys, inside a unit of work."""

    async def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        ...

    async def get(self, project_id: UUID, key_id: UUID) -> ApiKey | None:
        """The key of this project, or nothing."""
        ...

    async def save(self, key: ApiKey) -> None:
        """Replace what is kept of a key."""
        ...

    async def remove(self, project_id: UUID, key_id: UUID) -> bool:
        """Forget a key; whether there was one."""
        ...

    async def remove_owned(self, owner_id: UUID) -> int:
        """Forget every key to a project of this owner, those in the bin included; how many there were."""
        ...


class ApiKeyReads(Protocol):
    """API keys, to look at and to get in by."""

    async def hashed(self, key_hash: str) -> ApiKey | None:
        """The key with this hash, unless its project lies in the bin or the owner of that is switched off."""
        ...

    async def known(self, key_id: UUID) -> ApiKey | None:
        """The key with this id, under the same conditions."""
        ...

    async def page(self, project_id: UUID, request: PageRequest) -> Page[ApiKey]:
        """A project's keys, newest first."""
        ...

    async def touch(self, key_id: UUID, at: datetime) -> None:
        """Note when it was last used; quiet when it is gone."""
        ...
