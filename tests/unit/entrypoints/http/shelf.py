"""A Darkroom in memory with a library in it, and ways to ask for entities."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx2
from PIL import Image

from tests.unit.contracts.drawn import encoded
from tests.unit.entrypoints.world import World

Headers = dict[str, str]
_SHADES = count(1)


def picture(mime_type: str = "image/png", **options: Any) -> bytes:
    """Another one each time."""
    shade = next(_SHADES)
    return encoded(Image.new("RGB", (40, 30), (shade % 256, shade // 256, 7)), mime_type, **options)


@dataclass
class Shelf:
    """The world, asked as somebody who may do everything with entities."""

    here: World
    headers: Headers = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.headers = self.headers or self.here.headers["admin"]

    async def ask(self, method: str, path: str, headers: Headers | None = None, **more: Any) -> httpx2.Response:
        return await self.here.client.request(method, path, headers={**self.headers, **(headers or {})}, **more)

    async def get(self, path: str) -> Any:
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, image: bytes | None = None, name: str = "a.png", **fields: str) -> httpx2.Response:
        files = None if image is None else {"image": (name, image)}
        return await self.ask("POST", "/entity/", data=fields, files=files)

    async def made(self, label: str = "thing", image: bytes | None = None, **fields: str) -> dict[str, Any]:
        """A new entity with a picture of its own."""
        answer = await self.post(image or picture(), label=label, **fields)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def collection(self, label: str = "shelf", **fields: str) -> dict[str, Any]:
        answer = await self.post(label=label, is_collection="true", **fields)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def patch(self, entity_id: int, **changes: Any) -> httpx2.Response:
        return await self.ask("PATCH", f"/entity/{entity_id}", json={"body": changes})

    async def put(self, entity_id: int, image: bytes | None = None, **fields: str) -> httpx2.Response:
        files = None if image is None else {"image": ("b.png", image)}
        return await self.ask("PUT", f"/entity/{entity_id}", data=fields, files=files)

    async def listed(self, query: str = "") -> list[int]:
        return [item["id"] for item in (await self.get(f"/entity/?page_size=100&{query}"))["items"]]

    @property
    def rows(self) -> Any:
        """Everything in the database."""
        return self.here.room.database().store._database.rows  # type: ignore[attr-defined]

    async def blobs(self) -> set[str]:
        return {info.key async for info in self.here.room.blobs().store.list()}

    async def state(self) -> tuple[Any, ...]:
        """All that could have changed."""
        rows = self.rows
        return dict(rows.files), dict(rows.entities), dict(rows.entity_versions), dict(rows.jobs), await self.blobs()
