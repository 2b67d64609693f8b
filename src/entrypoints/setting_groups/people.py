"""Who gets in, and how much each may do."""

from functools import partial
from typing import Literal

from pydantic import BaseModel

from entrypoints.setting_groups.named import TEN_YEARS, named
from entrypoints.setting_rules import JwtSecret, RedisAddress

_named = partial(named, group="People")


class PeopleSettings(BaseModel):
    """Who gets in, and how much each may do."""

    su_username: str | None = _named(
        "SU_USERNAME", tell="Name of the superuser made at the very first start; default admin"
    )
    su_password: str | None = _named(
        "SU_PASSWORD",
        repr=False,
        tell="Its password; without one 'darkroom up' makes one up and shows it once, and 'serve' makes no superuser",
    )
    jwt_secret: JwtSecret | None = _named(
        "JWT_SECRET",
        repr=False,
        tell="Signs access tokens with HS256; default is a key of our own, ES256",
    )
    access_token_seconds: int = _named(
        "ACCESS_TOKEN_SECONDS", default=900, ge=10, le=86_400, tell="Life of an access token"
    )
    refresh_token_seconds: int = _named(
        "REFRESH_TOKEN_SECONDS", default=86_400, ge=60, le=TEN_YEARS, tell="Life of a refresh token"
    )
    session_max_days: int = _named(
        "SESSION_MAX_DAYS",
        default=30,
        ge=1,
        le=3650,
        tell="Days after which a session ends however often it was refreshed, and its person signs in again",
    )
    jwt_refresh_secret: JwtSecret | None = _named(
        "JWT_REFRESH_SECRET", repr=False, tell="Derives refresh tokens; default is a secret of our own"
    )
    registration: Literal["open", "closed"] = _named(
        "REGISTRATION", default="closed", tell="Whether anybody may make an account: open or closed"
    )
    max_projects_per_user: int = _named(
        "MAX_PROJECTS_PER_USER",
        default=1000,
        ge=-1,
        tell="Projects one account may have, those in the bin included; -1 = no limit",
    )
    max_streams_per_user: int = _named(
        "MAX_STREAMS_PER_USER",
        default=20,
        ge=1,
        le=1000,
        tell="Event streams one account may have open in each process",
    )
    redis_url: RedisAddress | None = _named(
        "REDIS_URL", repr=False, tell="Redis, which then carries signals; watched by /health/redis"
    )
    rate_limit: Literal["memory", "redis", "off"] = _named(
        "RATE_LIMIT",
        default="memory",
        tell="Where requests are counted: memory (each process alone), redis (all together) or off",
    )
