"""Access tokens as signed JWTs."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

from adapters.crypto.key_ring import KeyRing
from application.ports.access_tokens import Claims
from application.ports.clock import Clock
from domain.access import Role
from domain.errors import NotSignedIn

ISSUER = "darkroom"
CLOCKS_APART = 60  # seconds by which the clocks of our instances may differ


class JwtAccessTokens:
    """ES256 with keys all instances share, or HS256 with a secret from the settings."""

    def __init__(self, ring: KeyRing, clock: Clock, shared_secret: str | None = None) -> None:
        self._ring, self._clock = ring, clock
        self._algorithm = "HS256" if shared_secret else "ES256"
        self._shared = OctKey.import_key(shared_secret) if shared_secret else None

    async def issue(self, claims: Claims) -> str:
        """A token that any instance of this installation accepts until it expires."""
        key = self._shared or await self._ring.newest()
        header = {"alg": self._algorithm, "typ": "JWT", "kid": key.thumbprint()}
        return jwt.encode(header, self._told(claims), key, algorithms=[self._algorithm])

    async def read(self, token: str) -> Claims:
        """The claims of a token that is ours, whole, and in time."""
        try:
            key = self._shared or await self._ring.named(_key_id(token))
            if key is None:
                raise ValueError("signed with a key that is not ours")
            told = jwt.decode(token, key, algorithms=[self._algorithm]).claims
            self._registry().validate(told)
            claims = _claims(told)
            if claims.expires_at <= self._clock.now():
                raise ExpiredTokenError("exp")
        except (JoseError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise NotSignedIn("this access token is not valid (any more); sign in or refresh it") from error
        return claims

    async def public_keys(self) -> Sequence[dict[str, Any]]:
        """The public halves of the keys it accepts; none where a shared secret signs."""
        return () if self._shared else await self._ring.published()

    def _told(self, claims: Claims) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "iss": ISSUER,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "username": claims.username,
            "role": claims.role,
            "permissions": list(claims.permissions),
            "is_admin": claims.role == Role.SU,
            "iat": int(now.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        }

    def _registry(self) -> JWTClaimsRegistry:
        now = int(self._clock.now().timestamp())
        return JWTClaimsRegistry(
            now=now,
            leeway=CLOCKS_APART,  # for what begins; what ends is checked to the second
            iss={"essential": True, "value": ISSUER},
            sub={"essential": True},
            sid={"essential": True},
            exp={"essential": True},
        )


def _key_id(token: str) -> str | None:
    """What the token says of its key, which is believed only once the signature fits."""
    header = token.partition(".")[0]
    told = json.loads(urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    return told.get("kid") if isinstance(told, dict) else None


def _claims(told: dict[str, Any]) -> Claims:
    return Claims(
        user_id=UUID(told["sub"]),
        session_id=UUID(_text(told["sid"])),
        username=_text(told["username"]),
        role=Role(_text(told["role"])),
        permissions=tuple(_text(permission) for permission in _list(told["permissions"])),
        expires_at=datetime.fromtimestamp(told["exp"], UTC),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a claim is no text")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("a claim is no list")
    return value
