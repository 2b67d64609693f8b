"""Access tokens as signed JWTs."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, OctKey
from joserfc.jwt import JWTClaimsRegistry

from application.ports.access_tokens import Claims
from application.ports.clock import Clock
from application.ports.installation_secrets import InstallationSecrets
from domain.errors import NotSignedIn

ISSUER = "darkroom"
CLOCKS_APART = 60  # seconds by which the clocks of our instances may differ
_SIGNING_KEY = "access_token_signing_key"


class JwtAccessTokens:
    """ES256 with a key all instances share, or HS256 with a secret from the settings."""

    def __init__(self, secrets: InstallationSecrets, clock: Clock, shared_secret: str | None = None) -> None:
        self._secrets, self._clock = secrets, clock
        self._algorithm = "HS256" if shared_secret else "ES256"
        self._key: ECKey | OctKey | None = OctKey.import_key(shared_secret) if shared_secret else None

    async def issue(self, claims: Claims) -> str:
        """A token that any instance of this installation accepts until it expires."""
        key = await self._signing_key()
        header = {"alg": self._algorithm, "typ": "JWT", "kid": key.thumbprint()}
        return jwt.encode(header, self._told(claims), key, algorithms=[self._algorithm])

    async def read(self, token: str) -> Claims:
        """The claims of a token that is ours, whole, and in time."""
        key = await self._signing_key()
        try:
            told = jwt.decode(token, key, algorithms=[self._algorithm]).claims
            self._registry().validate(told)
            claims = _claims(told)
            if claims.expires_at <= self._clock.now():
                raise ExpiredTokenError("exp")
        except (JoseError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise NotSignedIn("this access token is not valid (any more); sign in or refresh it") from error
        return claims

    def _told(self, claims: Claims) -> dict[str, Any]:
        now = self._clock.now()
        return {
            "iss": ISSUER,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "username": claims.username,
            "role": claims.role,
            "permissions": list(claims.permissions),
            "is_admin": claims.role == "su",
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

    async def _signing_key(self) -> ECKey | OctKey:
        if self._key is None:
            fresh = json.dumps(ECKey.generate_key("P-256", private=True).as_dict(private=True))
            self._key = ECKey.import_key(json.loads(await self._secrets.keep(_SIGNING_KEY, fresh)))
        return self._key


def _claims(told: dict[str, Any]) -> Claims:
    return Claims(
        user_id=UUID(told["sub"]),
        session_id=UUID(_text(told["sid"])),
        username=_text(told["username"]),
        role=_text(told["role"]),
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
