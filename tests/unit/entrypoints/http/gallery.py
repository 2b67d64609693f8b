"""A Darkroom in memory with a public and a private project, and ways to put files into it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2

from domain.access import KeyScope
from domain.media import MediaFile, Variant, VariantStatus
from domain.projects import Project
from tests.unit.entrypoints.world import World, add_key, add_project

Headers = dict[str, str]


@dataclass
class Gallery:
    """The world, and where in it files are put."""

    here: World
    public: Project
    private: Project
    public_key: Headers
    private_key: Headers

    @property
    def client(self) -> httpx2.AsyncClient:
        return self.here.client

    async def keep(
        self, body: bytes, name: str = "a.bin", kind: str | None = None, *, key: Headers | None = None
    ) -> dict[str, Any]:
        """Upload a file, into the public project unless another key is shown."""
        files = {"file": (name, body, kind)} if kind else {"file": (name, body)}
        answer = await self.client.post("/upload/file", files=files, headers=key or self.public_key)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def row(self, file_id: str) -> MediaFile:
        found: MediaFile = self.rows.files[UUID(file_id)]
        return found

    @property
    def rows(self) -> Any:
        """Everything in the database."""
        return self.here.room.database().store._database.rows  # type: ignore[attr-defined]

    async def blobs(self) -> set[str]:
        return {info.key async for info in self.here.room.blobs().store.list()}

    async def add_variant(self, file_id: str, name: str, body: bytes, **fields: Any) -> Variant:
        """A variant of a file, made by nobody."""
        key = fields.pop("key", f"made/{name}/{file_id}.webp")
        usual = {"recipe": "r1", "mime_type": "image/webp", "status": VariantStatus.READY, "size": len(body)}
        variant = Variant(UUID(file_id), name, key=key, **{**usual, **fields})
        await self.here.room.blobs().store.put(key, _once(body), content_type=variant.mime_type)
        await self.save_variant(variant)
        return variant

    async def save_variant(self, variant: Variant) -> None:
        async with self.here.room.database().store.begin() as unit:
            await unit.files.save_variants(variant.file_id, [variant])
            await unit.commit()


async def gallery(here: World, settings: Mapping[str, Any] | None = None) -> Gallery:
    """Two projects of the owner, each with a key that may do everything."""
    public = await add_project(here, "owner", {**(settings or {}), "visibility": "public"})
    private = await add_project(here, "owner", {**(settings or {}), "visibility": "private"})
    keys = [await add_key(here, project, frozenset(KeyScope)) for project in (public, private)]
    return Gallery(here, public, private, *keys)


async def _once(body: bytes) -> Any:
    yield body
