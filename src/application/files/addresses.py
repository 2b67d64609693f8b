"""Where a client finds the bytes of a file: the same address from the upload on, for ever."""

from dataclasses import dataclass
from urllib.parse import quote
from uuid import UUID

from application.ports.public_blobs import PublicBlobs
from domain.media import MediaFile
from domain.object_keys import public_key
from domain.settings import Visibility


@dataclass(frozen=True, slots=True)
class Addresses:
    """Builds addresses from keys; `public_blobs` is the store itself where it serves everybody."""

    public_url: str
    public_blobs: PublicBlobs | None = None

    def original(self, file: MediaFile, visibility: Visibility) -> str:
        """Of the file itself; for strangers that may be a copy of it that tells no place."""
        copy = file.public_copy
        return self._address(file, copy.key if copy else public_key(file.key), visibility, "")

    def variants(self, file: MediaFile, visibility: Visibility) -> dict[str, str]:
        """Of every variant, made or still to be made, by name."""
        return {v.name: self._address(file, v.key, visibility, f"?variant={v.name}") for v in file.pictures}

    def content(self, file_id: UUID) -> str:
        """Of the bytes by id, which we serve ourselves."""
        return f"{self.public_url}/files/{file_id}/content"

    def _address(self, file: MediaFile, key: str, visibility: Visibility, query: str) -> str:
        if visibility is Visibility.PRIVATE:
            return f"{self.content(file.id)}{query}"
        if self.public_blobs is not None:
            return self.public_blobs.address(key)
        return f"{self.public_url}/blobs/{quote(key)}"
