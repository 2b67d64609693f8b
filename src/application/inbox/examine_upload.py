"""Whether what arrived is what was announced."""

import hashlib
from contextlib import aclosing
from dataclasses import dataclass, replace

from application.ports.blob_store import BlobInfo, BlobStore
from application.uploads.read_picture_header import ReadPictureHeader
from domain.declared_types import fits_declared
from domain.image_headers.header import ImageHeader
from domain.inbox import HASHED_AT_ONCE, PresignedUpload, mismatch
from domain.media import MediaFile
from domain.media_types import MediaType
from domain.projects import Project
from domain.sniffing import SNIFF_BYTES, sniff
from domain.uploads import check_type, too_large, upload_limit


@dataclass(frozen=True, slots=True)
class Found:
    """What the bytes say of themselves; of very many the hashes are left for later."""

    media: MediaType
    header: ImageHeader | None
    md5: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class ExamineUpload:
    """Look at bytes that lie in the store: their number, their type, their hash, and whether they can be decoded.

    Always at those that were found lying there: whoever sends others meanwhile has it begun anew.
    """

    blobs: BlobStore
    read_header: ReadPictureHeader
    taken_types: frozenset[str]
    max_bytes: int
    hashed_at_once: int = HASHED_AT_ONCE

    async def __call__(self, upload: PresignedUpload, project: Project, lying: BlobInfo, sha256: str | None) -> Found:
        """`sha256` is what it must be, where that was told."""
        if lying.size != upload.size:
            raise mismatch("size", f"is {lying.size} and was announced as {upload.size}")
        limit = upload_limit(project.settings, self.max_bytes)
        if limit is not None and lying.size > limit:
            raise too_large(limit)
        media = await self._type(upload, lying)
        check_type(project.settings, media.mime)
        header = await self._header(upload, media, lying) if media.mime in self.taken_types else None
        if lying.size > self.hashed_at_once:
            return Found(media, header, None, None)
        hashes = await self._hashes(lying)
        if sha256 is not None and sha256 != hashes[1]:
            raise mismatch("sha256", "is not the one of these bytes")
        return Found(media, header, *hashes)

    async def _type(self, upload: PresignedUpload, lying: BlobInfo) -> MediaType:
        async with aclosing(self.blobs.read(lying.key, end=min(SNIFF_BYTES, lying.size), etag=lying.etag)) as chunks:
            head = b"".join([chunk async for chunk in chunks])
        media = sniff(head, declared=upload.content_type)
        if not fits_declared(upload.content_type, media):
            raise mismatch("content_type", f"was announced as {upload.content_type}; these bytes are {media.mime}")
        return media

    async def _header(self, upload: PresignedUpload, media: MediaType, lying: BlobInfo) -> ImageHeader:
        file = MediaFile.arriving(upload.project_id, upload.id, upload.filename, media, lying.key, upload.created_at)
        return await self.read_header.stored(replace(file, size=lying.size), etag=lying.etag)

    async def _hashes(self, lying: BlobInfo) -> tuple[str, str]:
        md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
        async with aclosing(self.blobs.read(lying.key, etag=lying.etag)) as chunks:
            async for chunk in chunks:
                md5.update(chunk)
                sha256.update(chunk)
        return md5.hexdigest(), sha256.hexdigest()
