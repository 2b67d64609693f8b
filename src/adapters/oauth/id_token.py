"""What a provider signs about somebody."""

import hmac
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from adapters.oauth.registration import Registration
from domain.errors import Invalid
from domain.identity import check_email
from domain.oauth import ForeignIdentity, OAuthRefused, PendingSignIn

# Signatures that only the provider can make: nothing symmetric, and never "none".
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
CLOCKS_APART = 60  # seconds a provider's clock may be ahead of ours; what has expired has expired
_LONGEST_TOKEN = 16_384
_LONGEST_SUBJECT = 255


def signed_claims(token: object, keys: KeySet) -> dict[str, Any]:
    """The claims of a token that one of these keys signed; `JoseError` and its like when none did."""
    if not isinstance(token, str) or len(token) > _LONGEST_TOKEN:
        raise OAuthRefused("the provider sent no identity token")
    return jwt.decode(token, keys, algorithms=ALGORITHMS).claims


def check_claims(claims: dict[str, Any], registration: Registration, pending: PendingSignIn, now: int) -> None:
    """Refuse a token that was not made by this provider, for us, for this sign-in, and for this moment."""
    registry = JWTClaimsRegistry(
        now=now,
        leeway=CLOCKS_APART,
        iss={"essential": True, "value": registration.issuer},
        aud={"essential": True, "value": registration.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        registry.validate(claims)
    except (JoseError, TypeError, ValueError) as error:
        raise refused(f"its claim '{getattr(error, 'claim', None) or 'exp'}' is wrong") from error
    if claims["exp"] <= now:
        raise refused("it has expired")
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else registration.client_id) != registration.client_id:
        raise refused("it was made for somebody else")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), pending.nonce.encode()):
        raise refused("it belongs to another sign-in")


def identity_of(claims: dict[str, Any], registration: Registration) -> ForeignIdentity:
    """Who the claims are about."""
    subject = claims["sub"]
    if not isinstance(subject, str) or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
        raise refused("its claim 'sub' is wrong")
    email = _address(claims.get("email"))
    # Apple says it in words.
    verified = email is not None and claims.get("email_verified") in (True, "true")
    return ForeignIdentity(registration.name, registration.issuer, subject, email, verified)


def refused(why: str) -> OAuthRefused:
    """A token that proves nothing."""
    return OAuthRefused(f"the provider's identity token does not hold: {why}")


def _address(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        check_email(value)
    except Invalid:
        return None
    return value
