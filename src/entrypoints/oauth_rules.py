"""Which settings of sign-ins through providers belong together, and what their values must look like."""

import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import AfterValidator

from domain.egress import Allowance
from domain.oauth import APPLE, GOOGLE

# Apps have addresses with a scheme of their own, such as com.example.app:/signed-in.
_REDIRECT = re.compile(r"https?://[^\s/?#@]+([/?][^\s#]*)?|[a-z][a-z0-9+-]*\.[a-z0-9.+-]+:[^\s#]*")
_HOST = re.compile(r"([A-Za-z0-9_-]+\.)*[A-Za-z0-9_-]*[A-Za-z][A-Za-z0-9_-]*")

_APPLE = "OAUTH_APPLE_CLIENT_ID, OAUTH_APPLE_TEAM_ID, OAUTH_APPLE_KEY_ID"
_APPLE_KEYS = "OAUTH_APPLE_PRIVATE_KEY and OAUTH_APPLE_PRIVATE_KEY_PATH"


class OAuthSettings(Protocol):
    """What these rules are about."""

    @property
    def oauth_google_client_id(self) -> str | None: ...
    @property
    def oauth_google_client_secret(self) -> str | None: ...
    @property
    def oauth_apple_client_id(self) -> str | None: ...
    @property
    def oauth_apple_team_id(self) -> str | None: ...
    @property
    def oauth_apple_key_id(self) -> str | None: ...
    @property
    def oauth_apple_private_key(self) -> str | None: ...
    @property
    def oauth_apple_private_key_path(self) -> Path | None: ...
    @property
    def oauth_oidc_issuer(self) -> str | None: ...
    @property
    def oauth_oidc_client_id(self) -> str | None: ...
    @property
    def oauth_oidc_client_secret(self) -> str | None: ...
    @property
    def egress_allow(self) -> tuple[str, ...]: ...


def broken_rules(settings: OAuthSettings) -> list[str]:
    """What is incomplete, or contradicts itself; one line each."""
    google = (settings.oauth_google_client_id, settings.oauth_google_client_secret)
    oidc = (settings.oauth_oidc_issuer, settings.oauth_oidc_client_id, settings.oauth_oidc_client_secret)
    keys = (settings.oauth_apple_private_key, settings.oauth_apple_private_key_path)
    apple = (settings.oauth_apple_client_id, settings.oauth_apple_team_id, settings.oauth_apple_key_id, any(keys))
    rules = [
        (_partly(*google), "OAUTH_GOOGLE_CLIENT_ID and OAUTH_GOOGLE_CLIENT_SECRET need each other"),
        (_partly(*oidc), "OAUTH_OIDC_ISSUER, OAUTH_OIDC_CLIENT_ID and OAUTH_OIDC_CLIENT_SECRET need each other"),
        (_partly(*apple), f"{_APPLE} and one of {_APPLE_KEYS} need each other"),
        (all(keys), f"set only one of {_APPLE_KEYS}"),
        (all(apple) and not all(keys) and not _is_apple_key(settings),
         f"of {_APPLE_KEYS}, the one that is set must lead to Apple's private key: PEM, P-256"),
        (_in_the_open(settings.oauth_oidc_issuer, settings.egress_allow),
         "OAUTH_OIDC_ISSUER must begin with https:// unless EGRESS_ALLOW names its host"),
    ]  # fmt: skip
    return [rule for broken, rule in rules if broken]


def apple_private_key(settings: OAuthSettings) -> str:
    """The key itself, wherever it stands; in a variable its lines may be joined by a written-out newline."""
    if settings.oauth_apple_private_key_path is not None:
        return settings.oauth_apple_private_key_path.read_text()
    return (settings.oauth_apple_private_key or "").replace("\\n", "\n")


def _partly(*values: object) -> bool:
    return any(values) and not all(values)


def _is_apple_key(settings: OAuthSettings) -> bool:
    try:
        key = ECKey.import_key(apple_private_key(settings))
    except (JoseError, ValueError, TypeError, OSError):
        return False
    return key.is_private and key.curve_name == "P-256"


def _in_the_open(issuer: str | None, allowed: tuple[str, ...]) -> bool:
    address = urlsplit(issuer or "https://")
    return address.scheme != "https" and not Allowance.of(allowed).names(address.hostname or "")


def _provider_name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,31}", value) or value in {GOOGLE, APPLE}:
        raise ValueError("must be of a-z, 0-9, '_' and '-', and neither google nor apple")
    return value


def _issuer(value: str) -> str:
    # To the letter, slash at the end included: it is compared with what the issuer calls itself.
    if (
        not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#@]*)?", value)
        or not urlsplit(value).hostname
        or urlsplit(value).port == 0
    ):
        raise ValueError("must be the URL the issuer calls itself by, such as https://login.example.com/realm")
    return value


def _redirects(value: tuple[str, ...]) -> tuple[str, ...]:
    if not all(_REDIRECT.fullmatch(each) for each in value):
        raise ValueError("must be addresses such as https://app.example.com/signed-in, with commas between")
    return value


def _outside(value: tuple[str, ...]) -> tuple[str, ...]:
    for entry in value:
        try:
            ip_network(entry)
        except ValueError:
            if not _HOST.fullmatch(entry):
                told = "must be hosts or networks such as idp.internal, 10.1.0.0/16 or ::1, with commas between"
                raise ValueError(told) from None
    return value


Issuer = Annotated[str, AfterValidator(_issuer)]
ProviderName = Annotated[str, AfterValidator(_provider_name)]
Redirects = Annotated[tuple[str, ...], AfterValidator(_redirects)]
Outside = Annotated[tuple[str, ...], AfterValidator(_outside)]
