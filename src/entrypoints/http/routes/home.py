"""The start page, for whoever opens the service in a browser."""

from collections.abc import Sequence

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from domain.errors import NotFound
from entrypoints.http.assets import console_asset
from entrypoints.http.operations import Op


class AssetPath(BaseModel):
    """Which file of the page."""

    name: str


class HomeDoor:
    """Says what this is and where to go on."""

    tag = "Home"

    def __init__(self) -> None:
        self._page = console_asset("home.html", "text/html")
        self._assets = {
            "home.css": console_asset("home.css", "text/css"),
            "icon.svg": console_asset("icon.svg", "image/svg+xml"),
        }

    def operations(self) -> Sequence[Op]:
        """All it offers."""
        return [
            Op("GET", "/", self.home, module="Home", media="text/html"),
            Op("GET", "/console/{name}", self.asset, module="Home", hidden=True),
        ]

    async def home(self) -> Response:
        """The start page."""
        return self._page.page()

    async def asset(self, path: AssetPath, request: Request) -> Response:
        """A file of that page."""
        asset = self._assets.get(path.name)
        if asset is None:
            raise NotFound("there is no such file")
        return asset.respond(request)
