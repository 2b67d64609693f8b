"""Bytes from the store as HTTP answers: whole or a range, or a redirect to the store itself."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from email.utils import format_datetime

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from application.files.open_content import Content
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.direct_links import DirectLinks
from entrypoints.http.content_disposition import content_disposition
from entrypoints.http.ranges import ByteRange, UnsatisfiableRange, wanted_range

LINK_LIFE = 3600
FOREVER = "public, max-age=31536000, immutable"
OF_THE_BODY = frozenset({"Content-Type", "Content-Disposition"})
SHOWN_INLINE = frozenset(f"image/{name}" for name in ("avif", "gif", "jpeg", "png", "webp", "heic", "heif", "tiff")) | {
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/wav",
    "audio/flac",
}

# What a user uploaded must never act in our name, whatever a browser makes of it.
CAGE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass(frozen=True, slots=True)
class BlobResponses:
    """Answers with blobs; `links` is there when the store can be asked directly."""

    blobs: BlobStore
    links: DirectLinks | None = None

    async def answer(self, request: Request, content: Content, *, download: bool = False) -> Response:
        """The bytes, as much of them as the request wants."""
        inline = content.mime_type in SHOWN_INLINE and not download
        disposition = content_disposition(content.filename, "inline" if inline else "attachment")
        mime_type = content.mime_type if content.mime_type in SHOWN_INLINE else "application/octet-stream"
        # A link is signed for GET alone, so HEAD is answered here.
        if self.links is not None and request.method != "HEAD":
            link = await self.links.download(
                content.key, expires_in=LINK_LIFE, disposition=disposition, content_type=mime_type
            )
            return RedirectResponse(link.url, 302, headers={"Cache-Control": "no-store"})
        info = await self.blobs.stat(content.key)
        headers = {
            **CAGE,
            "Content-Type": mime_type,
            "Content-Disposition": disposition,
            "ETag": f'"{content.etag}"',
            "Last-Modified": format_datetime(info.modified_at, usegmt=True),
            "Accept-Ranges": "bytes",
            "Cache-Control": _cache_control(content),
        }
        return self._bytes(request, info, headers)

    def _bytes(self, request: Request, info: BlobInfo, headers: dict[str, str]) -> Response:
        if _unchanged(request, headers["ETag"]):
            return Response(status_code=304, headers={k: v for k, v in headers.items() if k not in OF_THE_BODY})
        try:
            part = None if request.method == "HEAD" else wanted_range(request.headers, info.size, headers["ETag"])
        except UnsatisfiableRange:
            told = {"Content-Range": f"bytes */{info.size}"}
            raise HTTPException(416, f"the file has {info.size} bytes; ask for some of those", told) from None
        whole = ByteRange(0, info.size)
        headers["Content-Length"] = str((part or whole).length)
        if part is not None:
            headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{info.size}"
        status = 200 if part is None else 206
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers)
        return StreamingResponse(self._read(info.key, part or whole), status, headers)

    async def _read(self, key: str, part: ByteRange) -> AsyncGenerator[bytes, None]:
        if part.length:
            async for chunk in self.blobs.read(key, start=part.start, end=part.end):
                yield chunk


def _cache_control(content: Content) -> str:
    if content.public and content.lasting:
        return FOREVER
    return f"{'public' if content.public else 'private'}, no-cache"


def _unchanged(request: Request, etag: str) -> bool:
    told = request.headers.get("if-none-match")
    return told is not None and (
        told.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in told.split(",")]
    )
