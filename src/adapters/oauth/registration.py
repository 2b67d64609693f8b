"""How this service is registered with providers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from joserfc import jwt
from joserfc.jwk import ECKey

from application.ports.clock import Clock
from domain.oauth import APPLE, GOOGLE

GOOGLE_ISSUER = "https://accounts.google.com"
APPLE_ISSUER = "https://appleid.apple.com"
_SECRET_LIFETIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Registration:
    """One provider, and what it knows us by. Secrets are asked for when needed: some are made each time."""

    name: str
    issuer: str
    client_id: str
    secret: Callable[[], str]
    scope: str = "openid email"
    response_mode: str | None = None


@dataclass(frozen=True, slots=True)
class AppleKey:
    """What Apple gives a team to prove itself with."""

    team_id: str
    key_id: str
    private_key: str = field(repr=False)  # PEM


def oidc(name: str, issuer: str, client_id: str, client_secret: str) -> Registration:
    """Any issuer that speaks OpenID Connect."""
    return Registration(name, issuer, client_id, lambda: client_secret)


def google(client_id: str, client_secret: str) -> Registration:
    """Google, an issuer like any other."""
    return oidc(GOOGLE, GOOGLE_ISSUER, client_id, client_secret)


def apple(client_id: str, key: AppleKey, clock: Clock, issuer: str = APPLE_ISSUER) -> Registration:
    """Apple, whose client secret is a short-lived token, and which answers with a form of its own accord."""

    private_key = ECKey.import_key(key.private_key)

    def secret() -> str:
        now = clock.now()
        claims = {
            "iss": key.team_id,
            "sub": client_id,
            "aud": issuer,
            "iat": int(now.timestamp()),
            "exp": int((now + _SECRET_LIFETIME).timestamp()),
        }
        return jwt.encode({"alg": "ES256", "kid": key.key_id}, claims, private_key, algorithms=["ES256"])

    return Registration(APPLE, issuer, client_id, secret, scope="name email", response_mode="form_post")
