"""Uploads in parts, by private methods of the SDK, which have no public twin."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from minio import Minio
from minio.datatypes import Part
from minio.error import S3Error, ServerError

from adapters.minio.showing import shown_as

PART = 8 * 1024 * 1024
PARTS_OF_ONE_SIZE = 1000
MOST_PARTS = 10_000


def part_sizes(size: int | None = None) -> Iterator[int]:
    """How large each part should be, so that any stream fits into the parts S3 allows.

    A known size is cut evenly; an unknown one begins small and doubles every thousand parts.
    """
    known = max(PART, -(-(size or 0) // MOST_PARTS))
    for number in range(MOST_PARTS):
        yield known if size is not None else PART << (number // PARTS_OF_ONE_SIZE)


@dataclass(slots=True)
class MultipartUpload:
    """One object on its way in parts; nothing of it is seen before `complete`. Every method blocks."""

    client: Minio
    bucket: str
    key: str
    upload_id: str = ""
    parts: list[Part] = field(default_factory=list)

    def start(self, content_type: str) -> None:
        """Ask for an upload."""
        self.upload_id = self.client._create_multipart_upload(
            self.bucket, self.key, dict(shown_as(self.key, content_type))
        )

    def send(self, number: int, body: bytes) -> None:
        """Send one part, counted from 1; in any order."""
        etag = self.client._upload_part(self.bucket, self.key, body, None, self.upload_id, number)
        self.parts.append(Part(number, etag))

    def copy(self, number: int, source: Mapping[str, str], first: int, last: int) -> None:
        """Make one part of some bytes of an object, which the headers in `source` name; the server copies them."""
        headers: dict[str, Any] = {**source, "x-amz-copy-source-range": f"bytes={first}-{last}"}
        etag, _ = self.client._upload_part_copy(self.bucket, self.key, self.upload_id, number, headers)
        self.parts.append(Part(number, etag))

    def complete(self) -> None:
        """Make the object of its parts."""
        parts = sorted(self.parts, key=lambda part: part.part_number)
        result = self.client._complete_multipart_upload(self.bucket, self.key, self.upload_id, parts)
        if not result.object_name:
            # S3 may say 200 before it knows, and the error only in the body.
            raise ServerError("the upload was not completed", 200)

    def abort(self) -> None:
        """Forget the parts; quiet when there are none."""
        if self.upload_id:
            _abort(self.client, self.bucket, self.key, self.upload_id)


def unfinished(client: Minio, bucket: str, before: datetime) -> Iterator[MultipartUpload]:
    """The uploads of a bucket that were started before then and never completed, whosever they are."""
    key_marker: str | None = None
    id_marker: str | None = None
    while True:
        page = client._list_multipart_uploads(bucket, key_marker=key_marker, upload_id_marker=id_marker)
        for upload in page.uploads:
            if upload.initiated_time is not None and upload.initiated_time < before:
                yield MultipartUpload(client, bucket, upload.object_name, upload.upload_id or "")
        if not page.is_truncated:
            return
        key_marker, id_marker = page.next_key_marker, page.next_upload_id_marker


def _abort(client: Minio, bucket: str, key: str, upload_id: str) -> None:
    try:
        client._abort_multipart_upload(bucket, key, upload_id)
    except S3Error as error:
        if error.code not in {"NoSuchUpload", "NoSuchBucket", "NoSuchKey"}:
            raise
