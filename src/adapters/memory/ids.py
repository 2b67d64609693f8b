"""Ids that are the same in every run."""

import hashlib
from base64 import urlsafe_b64encode
from uuid import UUID


class CountingIds:
    """Counts: the first id is 1. Its secrets are no secrets."""

    def __init__(self) -> None:
        self._ids = 0
        self._secrets = 0

    def new(self) -> UUID:
        self._ids += 1
        return UUID(int=self._ids)

    def secret(self) -> str:
        self._secrets += 1
        digest = hashlib.sha256(f"secret {self._secrets}".encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()
