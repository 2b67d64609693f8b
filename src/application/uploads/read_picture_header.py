"""A picture's size, from its header, before anything decodes it."""

import asyncio
from dataclasses import dataclass

from application.ports.blob_store import BlobStore
from application.uploads.incoming import IncomingBytes
from domain.image_headers.budget import DecodeLimits, check_budget
from domain.image_headers.header import HeaderBeyond, ImageHeader, UnreadableImage
from domain.image_headers.reading import read_header, read_header_from
from domain.media import MediaFile

HEAD_KEPT = 256 * 1024


@dataclass(frozen=True, slots=True)
class ReadPictureHeader:
    """Refuses what cannot be a picture, and what would cost too much to decode."""

    blobs: BlobStore
    limits: DecodeLimits

    async def early(self, incoming: IncomingBytes) -> ImageHeader | None:
        """From the first bytes of a stream, or None when the header goes on behind them."""
        head = await incoming.head(HEAD_KEPT)
        try:
            # In a thread: a head may be made so that reading it takes a quarter of a second, and others wait.
            return self._checked(await asyncio.to_thread(read_header, head, complete=incoming.ended))
        except HeaderBeyond as beyond:
            if beyond.so_far is not None:
                self._checked(beyond.so_far)
            return None

    async def stored(self, file: MediaFile, *, etag: str | None = None) -> ImageHeader:
        """From the stored file, wherever in it the header lies; with an `etag`, from these bytes and no others."""
        loop = asyncio.get_running_loop()

        def read(offset: int, length: int) -> bytes:
            return asyncio.run_coroutine_threadsafe(self._fetch(file, offset, length, etag), loop).result()

        return self._checked(await asyncio.to_thread(read_header_from, read))

    async def _fetch(self, file: MediaFile, offset: int, length: int, etag: str | None) -> bytes:
        end = min(offset + length, file.size)
        if offset >= end:
            return b""
        return b"".join([chunk async for chunk in self.blobs.read(file.key, start=offset, end=end, etag=etag)])

    def _checked(self, header: ImageHeader | None) -> ImageHeader:
        if header is None:
            raise UnreadableImage("these bytes begin like a picture and do not go on like one")
        check_budget(header, self.limits)
        return header
