"""What an S3 server or the way to it says, in our words."""

from contextlib import suppress
from xml.etree.ElementTree import ParseError

from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError

from application.ports.blob_store import BlobMissing
from domain.errors import DarkroomError, StorageFull, Unavailable

# ValueError: the SDK's own complaint about an answer that lacks what S3 promises.
FAILURES = (MinioException, HTTPError, OSError, ParseError, ValueError)
FULL = frozenset(
    {"QuotaExceeded", "XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "InsufficientStorage", "StorageFull"}
)
ABSENT = frozenset({"NoSuchKey", "NoSuchBucket"})
INSUFFICIENT_STORAGE = 507


def translate(error: Exception) -> DarkroomError:
    """The error a caller of the port may expect for a failed request."""
    if isinstance(error, S3Error) and error.code in ABSENT:
        return BlobMissing("There is no such blob.")
    if (isinstance(error, S3Error) and error.code in FULL) or _status(error) == INSUFFICIENT_STORAGE:
        return StorageFull("The S3 store has no room left for these bytes.")
    if isinstance(error, S3Error):
        return Unavailable(f"The S3 store refuses: {error.code} ({error.message}).", retry_after=_retry_after(error))
    if isinstance(error, MinioException):
        return Unavailable(f"The S3 store answers with status {_status(error)}.")
    return Unavailable(f"The S3 store does not answer as it should: {type(error).__name__}.")


def _status(error: Exception) -> int | None:
    if isinstance(error, S3Error):
        return error.response.status
    if isinstance(error, ServerError):
        return error.status_code
    return error._code if isinstance(error, InvalidResponseError) else None


def _retry_after(error: S3Error) -> float:
    with suppress(ValueError):
        return min(max(float(error.response.headers.get("Retry-After", "5")), 1), 300)
    return 5
