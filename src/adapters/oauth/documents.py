"""What a provider publishes about itself: its addresses and its keys, fetched when needed and kept a while."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import anyio
from authlib.integrations.httpx_client import AsyncOAuth2Client
from httpx2 import URL, AsyncBaseTransport, InvalidURL
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, KeySet, RSAKey

from application.ports.clock import Clock
from domain.errors import Unavailable

KEPT_FOR = timedelta(hours=1)
RENEWED_AT_MOST_EACH = timedelta(seconds=10)
_SHORTEST_RSA = 2048


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where to send people and where to ask."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    token_endpoint_auth_methods: tuple[str, ...]


class ProviderDocuments:
    """One provider's documents, asked for by one request at a time."""

    def __init__(self, issuer: str, transport: AsyncBaseTransport, clock: Clock) -> None:
        self._issuer, self._transport, self._clock = issuer, transport, clock
        self._metadata: tuple[datetime, Metadata] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        self._lock = anyio.Lock()

    async def metadata(self) -> Metadata:
        """Its addresses."""
        async with self._lock:
            now = self._clock.now()
            if self._metadata is None or now >= self._metadata[0] + KEPT_FOR:
                document = await self._fetch(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
                self._metadata = now, self._read(document)
            return self._metadata[1]

    async def keys(self, *, renewed: bool = False) -> KeySet:
        """Its keys; `renewed` when one was not among them, which happens when a provider changes its keys."""
        metadata = await self.metadata()
        async with self._lock:
            now = self._clock.now()
            good_for = RENEWED_AT_MOST_EACH if renewed else KEPT_FOR
            if self._keys is None or now >= self._keys[0] + good_for:
                document = await self._fetch(metadata.jwks_uri)
                self._keys = now, KeySet(list(_usable(document.get("keys"))))
            return self._keys[1]

    async def _fetch(self, url: str) -> dict[str, Any]:
        async with AsyncOAuth2Client(transport=self._transport, trust_env=False) as client:
            response = await client.request("GET", url, withhold_token=True)
        try:
            document = response.json() if response.status_code == 200 else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Unavailable(f"{urlsplit(url).hostname} does not publish what a provider must")
        return document

    def _read(self, document: dict[str, Any]) -> Metadata:
        if document.get("issuer") != self._issuer:
            raise Unavailable(f"{self._issuer} publishes the document of another issuer")
        methods = document.get("token_endpoint_auth_methods_supported")
        return Metadata(
            authorization_endpoint=self._address(document, "authorization_endpoint"),
            token_endpoint=self._address(document, "token_endpoint"),
            jwks_uri=self._address(document, "jwks_uri"),
            userinfo_endpoint=self._address(document, "userinfo_endpoint") if "userinfo_endpoint" in document else None,
            token_endpoint_auth_methods=tuple(methods) if isinstance(methods, list) else ("client_secret_basic",),
        )

    def _address(self, document: dict[str, Any], name: str) -> str:
        address = document.get(name)
        # An issuer on https does nothing in the open; only one that an operator runs on http may.
        schemes = ("https://",) if self._issuer.startswith("https://") else ("https://", "http://")
        if not isinstance(address, str) or not address.startswith(schemes) or not _is_url(address):
            raise Unavailable(f"{self._issuer} does not publish its {name}")
        return address


def _is_url(address: str) -> bool:
    try:
        return bool(URL(address).host)
    except InvalidURL:
        return False


def _usable(published: object) -> Iterator[Key]:
    for each in published if isinstance(published, list) else ():
        if not isinstance(each, dict) or each.get("kty") not in {"RSA", "EC"} or each.get("use", "sig") != "sig":
            continue
        with suppress(JoseError, ValueError, TypeError):
            key = JWKRegistry.import_key(each)
            if isinstance(key, ECKey) or (isinstance(key, RSAKey) and key.public_key.key_size >= _SHORTEST_RSA):
                yield key
