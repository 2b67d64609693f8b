"""Who may read and write the library."""

from functools import partial
from pathlib import Path

from pydantic import BaseModel

from entrypoints.setting_groups.named import named
from entrypoints.setting_rules import ExpectedClaim

_named = partial(named, group="Library")


class LibrarySettings(BaseModel):
    """Who may read and write the library."""

    auth_disabled: bool = _named(
        "AUTH_DISABLED", default=False, tell="Whether everybody may do everything with /entity"
    )
    read_auth_enabled: bool = _named(
        "READ_AUTH_ENABLED", default=False, tell="Whether reading /entity takes a token as well"
    )
    public_key_path: Path | None = _named(
        "PUBLIC_KEY_PATH",
        tell="Public key (ES256, PEM) of another service whose tokens count for /entity; default "
        "DATA_DIR/public_key.pem where there is one",
    )
    external_token_audience: ExpectedClaim | None = _named(
        "EXTERNAL_TOKEN_AUDIENCE", tell="What these tokens must name as their audience (aud); without it any will do"
    )
    external_token_issuer: ExpectedClaim | None = _named(
        "EXTERNAL_TOKEN_ISSUER", tell="What they must name as their issuer (iss), to the letter; without it any will do"
    )
