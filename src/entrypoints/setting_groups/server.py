"""Where the API listens, what it offers, and how long it waits."""

from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel
from pydantic_settings import NoDecode

from entrypoints.door_names import DOORS
from entrypoints.setting_groups.named import named
from entrypoints.setting_rules import Doors, Hosts, Origins, Proxies, PublicAddress

_named = partial(named, group="Server")


class ServerSettings(BaseModel):
    """Where the API listens, what it offers, and how long it waits."""

    host: str = _named("HOST", default="127.0.0.1", tell="Address to listen on")
    port: int = _named("PORT", default=3000, ge=1, le=65535, tell="Port to listen on")
    public_url: PublicAddress | None = _named(
        "PUBLIC_URL", tell="How clients reach this service; default http://HOST:PORT"
    )
    allowed_hosts: Annotated[Hosts, NoDecode] = _named(
        "ALLOWED_HOSTS",
        default=(),
        tell="Further host names to answer to, with commas between; that of PUBLIC_URL is one already",
    )
    doors: Annotated[Doors, NoDecode] = _named(
        "DOORS",
        default=(),
        tell=f"What the API offers ({', '.join(DOORS)}), with commas between; default is everything",
    )
    cors_origins: Annotated[Origins, NoDecode] = _named(
        "CORS_ORIGINS", default=("*",), tell="Origins whose pages may call the API, with commas between; * = all"
    )
    trusted_proxies: Annotated[Proxies, NoDecode] = _named(
        "TRUSTED_PROXIES",
        default=(),
        tell="Addresses or networks whose X-Forwarded-For is believed, with commas between",
    )
    max_upload_bytes: int = _named(
        "MAX_UPLOAD_BYTES", default=5 << 30, ge=-1, tell="Largest file taken in; -1 = no limit"
    )
    receive_timeout: float = _named(
        "RECEIVE_TIMEOUT",
        default=30,
        gt=0,
        le=3600,
        tell="Seconds a client may stay silent within a request",
    )
    send_timeout: float = _named(
        "SEND_TIMEOUT",
        default=60,
        gt=0,
        le=3600,
        tell="Seconds after which a client is given up that takes less than 1 KiB a second of an answer",
    )
    shutdown_grace: float = _named(
        "SHUTDOWN_GRACE",
        default=20,
        ge=0,
        le=3600,
        tell="Seconds for what is under way when asked to stop",
    )
    log_format: Literal["text", "json"] = _named("LOG_FORMAT", default="text", tell="text or json")
    log_level: Literal["debug", "info", "warning", "error"] = _named(
        "LOG_LEVEL", default="info", tell="debug, info, warning or error"
    )
