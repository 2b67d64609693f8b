"""Signing in through others, and whom we may connect to."""

from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel
from pydantic_settings import NoDecode

from entrypoints.oauth_rules import Issuer, Outside, ProviderName, Redirects
from entrypoints.setting_groups.named import named

_named = partial(named, group="Sign-in")


class SignInSettings(BaseModel):
    """Signing in through others, and whom we may connect to."""

    oauth_google_client_id: str | None = _named("OAUTH_GOOGLE_CLIENT_ID", tell="Sign-in with Google: who we are there")
    oauth_google_client_secret: str | None = _named(
        "OAUTH_GOOGLE_CLIENT_SECRET", repr=False, tell="And the secret that proves it"
    )
    oauth_apple_client_id: str | None = _named("OAUTH_APPLE_CLIENT_ID", tell="Sign-in with Apple: the Services ID")
    oauth_apple_team_id: str | None = _named("OAUTH_APPLE_TEAM_ID", tell="The team it belongs to")
    oauth_apple_key_id: str | None = _named("OAUTH_APPLE_KEY_ID", tell="The name of the private key")
    oauth_apple_private_key: str | None = _named(
        "OAUTH_APPLE_PRIVATE_KEY", repr=False, tell="The private key itself, as PEM"
    )
    oauth_apple_private_key_path: Path | None = _named(
        "OAUTH_APPLE_PRIVATE_KEY_PATH", tell="Or the file it is in (.p8)"
    )
    oauth_oidc_name: ProviderName = _named(
        "OAUTH_OIDC_NAME", default="oidc", tell="What clients call the issuer named next"
    )
    oauth_oidc_issuer: Issuer | None = _named(
        "OAUTH_OIDC_ISSUER", tell="Sign-in with any other issuer of OpenID Connect: its URL"
    )
    oauth_oidc_client_id: str | None = _named("OAUTH_OIDC_CLIENT_ID", tell="Who we are there")
    oauth_oidc_client_secret: str | None = _named(
        "OAUTH_OIDC_CLIENT_SECRET", repr=False, tell="And the secret that proves it"
    )
    oauth_redirect_uris: Annotated[Redirects, NoDecode] = _named(
        "OAUTH_REDIRECT_URIS",
        default=(),
        tell="Where sign-ins may return to, the usual address first, with commas between; "
        "PUBLIC_URL/auth/oauth/callback is always among them",
    )
    oauth_signup: bool = _named(
        "OAUTH_SIGNUP",
        default=False,
        tell="Let a first sign-in through a provider make an account although REGISTRATION is closed",
    )
    egress_allow: Annotated[Outside, NoDecode] = _named(
        "EGRESS_ALLOW",
        default=(),
        tell="Hosts and networks outside the public internet that may be connected to, with commas between",
    )
