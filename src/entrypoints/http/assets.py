"""Files that pages of ours are made of: the console's own, and Swagger UI from its package."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

CONSOLE = Path(__file__).parent / "console"
DAY = 86_400

# Pages run our own files and nothing else.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Asset:
    """One file, read when it is first asked for and kept."""

    path: Path
    media: str

    @cached_property
    def content(self) -> bytes:
        """Its bytes."""
        return self.path.read_bytes()

    @cached_property
    def etag(self) -> str:
        """Names these bytes."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    def respond(self, request: Request) -> Response:
        """The file, or word that the client's copy is still right."""
        headers = {"ETag": self.etag, "Cache-Control": f"public, max-age={DAY}"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        return Response(self.content, headers=headers, media_type=self.media)

    def page(self) -> Response:
        """The file as a page."""
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
        return Response(self.content, headers=headers, media_type="text/html")


def console_asset(name: str, media: str) -> Asset:
    """A file of the console."""
    return Asset(CONSOLE / name, media)


def swagger_assets() -> Mapping[str, Asset]:
    """Swagger UI's files. Found without importing the package, which would read 9 MB of them at once."""
    spec = find_spec("offapi")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package offapi is not installed")
    folder = Path(spec.origin).parent
    return {
        "swagger.css": Asset(folder / "swagger_style.css", "text/css"),
        "swagger-bundle.js": Asset(folder / "swagger_bundle.js", "text/javascript"),
        "swagger-preset.js": Asset(folder / "swagger_preset.js", "text/javascript"),
        "swagger-start.js": console_asset("swagger-start.js", "text/javascript"),
    }
