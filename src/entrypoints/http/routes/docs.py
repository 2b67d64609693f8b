"""The door for those who want to know what there is: the OpenAPI document and Swagger UI, without internet."""

import json
from collections.abc import Sequence
from functools import cached_property

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from domain.errors import NotFound
from entrypoints.http.assets import console_asset, swagger_assets
from entrypoints.http.openapi import Document
from entrypoints.http.operations import Door, Op


class AssetPath(BaseModel):
    """Which file of the page."""

    name: str


class DocsDoor:
    """Describes the other doors."""

    tag = "Docs"

    def __init__(self, doors: Sequence[Door], title: str, version: str) -> None:
        self._description = Document(doors, title, version)
        self._page = console_asset("docs.html", "text/html")
        self._assets = swagger_assets()

    def operations(self) -> Sequence[Op]:
        """All it offers; none of it is part of the document."""
        return [
            Op("GET", "/openapi.json", self.document, module="Docs", hidden=True, rate=None),
            Op("GET", "/api-docs/openapi.json", self.document, module="Docs", hidden=True, rate=None),
            Op("GET", "/docs", self.page, module="Docs", hidden=True, rate=None),
            Op("GET", "/swagger-ui", self.page, module="Docs", hidden=True, rate=None),
            Op("GET", "/swagger-ui/", self.page, module="Docs", hidden=True, rate=None),
            Op("GET", "/docs/assets/{name}", self.asset, module="Docs", hidden=True, rate=None),
        ]

    async def document(self) -> Response:
        """The OpenAPI document."""
        return Response(self._document, headers={"Cache-Control": "no-cache"}, media_type="application/json")

    async def page(self) -> Response:
        """Swagger UI."""
        return self._page.page()

    async def asset(self, path: AssetPath, request: Request) -> Response:
        """A file of that page."""
        asset = self._assets.get(path.name)
        if asset is None:
            raise NotFound("there is no such file")
        return asset.respond(request)

    @cached_property
    def _document(self) -> bytes:
        return json.dumps(self._description.write(), ensure_ascii=False).encode()
