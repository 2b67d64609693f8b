"""Bytes from the store as HTTP answers: whole or in parts, or a redirect to the store itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from application.files.open_content import Content
from application.ports.blob_store import BlobInfo, BlobStore
from application.ports.clock import Clock
from application.ports.direct_links import LINK_LIFE, LINKS_CHANGE, DirectLinks, period_of
from domain.media_types import is_shown_inline
from entrypoints.http.byte_streams import ByteStream, Parts, content_range, read_part
from entrypoints.http.conditions import parts_allowed, unchanged, whole_second
from entrypoints.http.content_disposition import content_disposition
from entrypoints.http.problems import answer, problem
from entrypoints.http.ranges import ByteRange, UnsatisfiableRange, wanted_ranges

LINK_SECONDS = round(LINK_LIFE.total_seconds())
FOREVER = "public, max-age=31536000, immutable"
FOREVER_FOR_ONE = "private, max-age=31536000, immutable"
A_MOMENT = timedelta(minutes=1)  # clocks differ, and to follow a redirect takes a while
OF_THE_BODY = frozenset({"Content-Type", "Content-Disposition"})

# What a user uploaded must never act in our name, whatever a browser makes of it.
CAGE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@dataclass(frozen=True, slots=True)
class BlobResponses:
    """Answers with blobs; where there are `links`, readers are sent on to the store itself."""

    blobs: BlobStore
    clock: Clock
    links: DirectLinks | None = None

    async def answer(self, request: Request, content: Content, *, download: bool = False) -> Response:
        """The bytes, as much of them as the request wants; `BlobMissing` before anything is sent."""
        harmless = is_shown_inline(content.mime_type)
        disposition = content_disposition(content.filename, "inline" if harmless and not download else "attachment")
        mime_type = content.mime_type if harmless else "application/octet-stream"
        # A link is signed for GET alone, so HEAD is answered here.
        if self.links is not None and request.method != "HEAD":
            return await self._sent_on(self.links, content, disposition, mime_type)
        info = await self.blobs.stat(content.key)
        headers = {
            **CAGE,
            "Content-Type": mime_type,
            "Content-Disposition": disposition,
            "ETag": f'"{content.etag}"',
            "Last-Modified": format_datetime(whole_second(info.modified_at), usegmt=True),
            "Accept-Ranges": "bytes",
            "Cache-Control": FOREVER if content.public and content.lasting else self._for_a_while(content),
        }
        return await self._bytes(request, info, headers)

    async def _sent_on(self, links: DirectLinks, content: Content, disposition: str, mime_type: str) -> Response:
        """To the same link as everybody in this hour, so that the bytes need to be got only once."""
        link = await links.download(
            content.key,
            expires_in=LINK_SECONDS,
            disposition=disposition,
            content_type=mime_type,
            cache_control=FOREVER if content.public else FOREVER_FOR_ONE,
            since=period_of(self.clock.now()),
        )
        if content.public and content.lasting:
            return redirect(link.url, f"public, max-age={self._seconds_to(link.expires_at - A_MOMENT)}")
        return redirect(link.url, self._for_a_while(content))

    def _for_a_while(self, content: Content) -> str:
        """What lies behind an id may change; who has a link may keep what it gave for as long as that is good."""
        if content.public or content.until is None:
            return f"{'public' if content.public else 'private'}, no-cache"
        soon = self.clock.now() + LINKS_CHANGE
        return f"private, max-age={self._seconds_to(min(content.until, soon))}"

    def _seconds_to(self, end: datetime) -> int:
        return max(0, int((end - self.clock.now()).total_seconds()))

    async def _bytes(self, request: Request, info: BlobInfo, headers: dict[str, str]) -> Response:
        if unchanged(request.headers, headers["ETag"], info.modified_at):
            return Response(status_code=304, headers={k: v for k, v in headers.items() if k not in OF_THE_BODY})
        if request.method == "HEAD":
            return Response(status_code=200, headers={**headers, "Content-Length": str(info.size)})
        try:
            parts = _wanted(request, info, headers["ETag"])
        except UnsatisfiableRange:
            detail = f"the file has {info.size} bytes; ask for some of those"
            return answer(problem(416, "range_not_satisfiable", detail), {"Content-Range": f"bytes */{info.size}"})
        return await (self._in_parts(info, parts, headers) if parts else self._whole(info, headers))

    async def _whole(self, info: BlobInfo, headers: dict[str, str]) -> Response:
        headers["Content-Length"] = str(info.size)
        return await ByteStream.begun(read_part(self.blobs, info.key, ByteRange(0, info.size)), 200, headers)

    async def _in_parts(self, info: BlobInfo, parts: Sequence[ByteRange], headers: dict[str, str]) -> Response:
        if len(parts) > 1:
            several = Parts.of(info, headers["Content-Type"], parts)
            headers |= {"Content-Length": str(several.length), "Content-Type": several.content_type}
            return await ByteStream.begun(several.read(self.blobs), 206, headers)
        (part,) = parts
        headers |= {"Content-Length": str(part.length), "Content-Range": content_range(part, info.size)}
        return await ByteStream.begun(read_part(self.blobs, info.key, part), 206, headers)


def redirect(address: str, cache_control: str = "no-store") -> Response:
    """To where it lies at the moment; nobody may remember that unless told for how long."""
    return RedirectResponse(address, 302, headers={"Cache-Control": cache_control})


def _wanted(request: Request, info: BlobInfo, etag: str) -> Sequence[ByteRange]:
    told = request.headers.get("range")
    if told is None or not parts_allowed(request.headers, etag, info.modified_at):
        return ()
    return wanted_ranges(told, info.size)
