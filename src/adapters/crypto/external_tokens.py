"""Tokens of another service, checked with its public key (ES256)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from joserfc.jwt import ClaimsOption, JWTClaimsRegistry

from application.ports.clock import Clock
from domain.entity_access import EntityClaims
from domain.errors import NotSignedIn

_ALGORITHMS = ["ES256"]


class PemTokens:
    """Trusts one public key, from a PEM file; where audience or issuer are named, tokens must name them too."""

    def __init__(self, pem: bytes, clock: Clock, audience: str | None = None, issuer: str | None = None) -> None:
        self._key, self._clock = ECKey.import_key(pem), clock
        expected = {"aud": audience, "iss": issuer}
        self._expected: dict[str, ClaimsOption] = {
            name: {"essential": True, "value": value} for name, value in expected.items() if value is not None
        }

    @classmethod
    def of_file(cls, path: Path, clock: Clock, audience: str | None = None, issuer: str | None = None) -> "PemTokens":
        """With the key of a file; a ValueError says what is wrong with it."""
        try:
            return cls(path.read_bytes(), clock, audience, issuer)
        except (OSError, JoseError, ValueError, TypeError) as error:
            raise ValueError(f"{path} is no public key in PEM form for ES256: {error}") from None

    async def read(self, token: str) -> EntityClaims:
        """The claims of a token with the right signature, meant for us and in time; none is good for ever."""
        try:
            told = jwt.decode(token, self._key, algorithms=_ALGORITHMS).claims
            now = int(self._clock.now().timestamp())
            JWTClaimsRegistry(now, leeway=0, exp={"essential": True}, **self._expected).validate(told)
        except (JoseError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            raise NotSignedIn("this token is not valid (any more)") from error
        return _claims(told)


def _claims(told: Mapping[str, Any]) -> EntityClaims:
    permissions = told.get("permissions")
    named = permissions if isinstance(permissions, list) else []
    return EntityClaims(
        subject=str(told.get("sub", "")),
        permissions=frozenset(name for name in named if isinstance(name, str)),
        is_admin=told.get("is_admin") is True,
    )
