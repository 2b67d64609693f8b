"""Seals by HMAC-SHA256."""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode

from application.ports.installation_secrets import InstallationSecrets

_NAME = "seals"
_SECRET_BYTES = 32


class HmacSeals:
    """Seals under a secret that the installation made for itself, asked for once: it never changes."""

    def __init__(self, installation: InstallationSecrets) -> None:
        self._installation = installation
        self._secret: bytes | None = None

    async def of(self, purpose: str, text: str) -> str:
        if self._secret is None:
            kept = await self._installation.keep(_NAME, lambda: secrets.token_hex(_SECRET_BYTES))
            self._secret = bytes.fromhex(kept)
        # The length keeps purpose and text apart, whatever is in them.
        sealed = f"{len(purpose)}:{purpose}{text}".encode("utf-8", "surrogatepass")
        return urlsafe_b64encode(hmac.digest(self._secret, sealed, hashlib.sha256)).rstrip(b"=").decode()

    async def fits(self, purpose: str, text: str, seal: str) -> bool:
        return hmac.compare_digest((await self.of(purpose, text)).encode(), seal.encode("utf-8", "surrogatepass"))
