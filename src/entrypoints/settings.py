"""Every choice an operator has: from the environment or a `.env` file, typed, and checked before anything starts."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.errors import Invalid
from domain.identity import checked_credentials
from domain.jobs import QUEUES
from domain.settings import LARGEST_QUOTA
from entrypoints.oauth_rules import Issuer, Outside, ProviderName, Redirects, broken_rules
from entrypoints.setting_rules import (
    BucketName,
    CronText,
    DatabaseAddress,
    IngestAddress,
    JwtSecret,
    Origins,
    Proxies,
    PublicAddress,
    Queues,
    RedisAddress,
    Region,
    ServerAddress,
)

TEN_YEARS = 315_360_000


class BadSettings(Exception):
    """A setting is wrong; the message is one line that names it and says what would be right."""


def _named(*names: str, default: Any = None, tell: str, group: str, **rules: Any) -> Any:
    extra: dict[str, Any] = {"group": group}
    return Field(default, validation_alias=AliasChoices(*names), description=tell, json_schema_extra=extra, **rules)


class Settings(BaseSettings):
    """What the environment says. The embedded default (SQLite and a folder) needs nothing at all."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        case_sensitive=True,
        hide_input_in_errors=True,
    )

    host: str = _named("HOST", default="127.0.0.1", group="Server", tell="Address to listen on")
    port: int = _named("PORT", default=3000, ge=1, le=65535, group="Server", tell="Port to listen on")
    public_url: PublicAddress | None = _named(
        "PUBLIC_URL", group="Server", tell="How clients reach this service; default http://HOST:PORT"
    )
    cors_origins: Annotated[Origins, NoDecode] = _named(
        "CORS_ORIGINS", default=("*",), group="Server", tell="Origins whose pages may call the API, with commas between"
    )
    trusted_proxies: Annotated[Proxies, NoDecode] = _named(
        "TRUSTED_PROXIES",
        default=(),
        group="Server",
        tell="Addresses or networks whose X-Forwarded-For is believed, with commas between",
    )
    max_upload_bytes: int = _named(
        "MAX_UPLOAD_BYTES", default=-1, ge=-1, group="Server", tell="Largest file taken in; -1 = no limit"
    )
    receive_timeout: float = _named(
        "RECEIVE_TIMEOUT",
        default=30,
        gt=0,
        le=3600,
        group="Server",
        tell="Seconds a client may stay silent within a request",
    )
    send_timeout: float = _named(
        "SEND_TIMEOUT",
        default=60,
        gt=0,
        le=3600,
        group="Server",
        tell="Seconds a client may take nothing of an answer",
    )
    shutdown_grace: float = _named(
        "SHUTDOWN_GRACE",
        default=20,
        ge=0,
        le=3600,
        group="Server",
        tell="Seconds for what is under way when asked to stop",
    )
    log_format: Literal["text", "json"] = _named("LOG_FORMAT", default="text", group="Server", tell="text or json")
    log_level: Literal["debug", "info", "warning", "error"] = _named(
        "LOG_LEVEL", default="info", group="Server", tell="debug, info, warning or error"
    )

    data_dir: Path = _named(
        "DATA_DIR", default=Path("data"), group="Storage", tell="Folder for everything kept on disk"
    )
    database_dir: Path | None = _named(
        "DATABASE_DIR", group="Storage", tell="Folder of media_store.db; default DATA_DIR"
    )
    media_storage_dir: Path | None = _named(
        "MEDIA_STORAGE_DIR", group="Storage", tell="Folder of the blobs; default DATA_DIR/media_store"
    )
    database_url: DatabaseAddress | None = _named(
        "DATABASE_URL",
        "DB_URL",
        group="Storage",
        repr=False,
        tell="sqlite:///path, postgres://user:password@host/name or memory://",
    )
    blob_store: Literal["filesystem", "s3", "memory"] | None = _named(
        "BLOB_STORE", group="Storage", tell="filesystem, s3 or memory; default s3 when a bucket is named"
    )
    s3_endpoint: ServerAddress | None = _named(
        "S3_ENDPOINT", group="Storage", tell="URL of an S3 server; default is AWS"
    )
    s3_public_endpoint: ServerAddress | None = _named(
        "S3_PUBLIC_ENDPOINT", group="Storage", tell="URL of the same server as clients see it; default S3_ENDPOINT"
    )
    s3_region: Region = _named(
        "AWS_REGION", "S3_REGION", default="us-east-1", group="Storage", tell="Region of the bucket"
    )
    s3_access_key: str | None = _named(
        "AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY", "AWS_ACCESS_KEY", group="Storage", tell="Who we are to S3"
    )
    s3_secret_key: str | None = _named(
        "AWS_SECRET_ACCESS_KEY", "S3_SECRET_KEY", group="Storage", repr=False, tell="And the secret that proves it"
    )
    s3_bucket: BucketName | None = _named(
        "S3_BUCKET_NAME", "S3_BUCKET", group="Storage", tell="Bucket for everything; made when it is not there"
    )
    s3_public_bucket: bool = _named(
        "S3_PUBLIC_BUCKET", default=False, group="Storage", tell="Let everybody read the bucket, and hand out its URLs"
    )
    default_quota: int = _named(
        "DEFAULT_QUOTA",
        default=-1,
        ge=-1,
        le=LARGEST_QUOTA,
        group="Storage",
        tell="MiB a new project may hold; -1 = no limit",
    )

    image_engine: Literal["vips", "imagemagick"] = _named(
        "IMAGE_ENGINE", default="vips", group="Worker", tell="vips (fast, nothing to install) or imagemagick"
    )
    worker_concurrency: int = _named(
        "WORKER_CONCURRENCY", default=0, ge=0, le=256, group="Worker", tell="Jobs at once; 0 = one for each core"
    )
    job_lease: float = _named(
        "JOB_LEASE",
        default=45,
        ge=1,
        le=3600,
        group="Worker",
        tell="Seconds after which a silent worker counts as dead",
    )
    poll_interval: float = _named(
        "POLL_INTERVAL",
        default=2,
        ge=0.05,
        le=300,
        group="Worker",
        tell="Seconds between looks for work without a signal",
    )
    worker_queues: Annotated[Queues, NoDecode] = _named(
        "WORKER_QUEUES",
        default=(),
        group="Worker",
        tell=f"What a worker does ({', '.join(QUEUES)}), with commas between; default is everything",
    )
    upload_grace: float = _named(
        "UPLOAD_GRACE",
        default=86_400,
        ge=60,
        le=TEN_YEARS,
        group="Worker",
        tell="Seconds after which an upload that did not arrive, or a blob of nobody, is swept away",
    )
    keep_jobs_days: int = _named(
        "KEEP_JOBS_DAYS", default=30, ge=1, le=36_500, group="Worker", tell="Days that jobs are remembered once over"
    )
    keep_events_days: int = _named(
        "KEEP_EVENTS_DAYS", default=90, ge=1, le=36_500, group="Worker", tell="Days that events are remembered"
    )
    keep_audit_days: int = _named(
        "KEEP_AUDIT_DAYS", default=365, ge=1, le=36_500, group="Worker", tell="Days that the audit log goes back"
    )
    render_timeout: float = _named(
        "RENDER_TIMEOUT", default=120, gt=0, le=3600, group="Worker", tell="Seconds one picture may take"
    )
    max_pixels: int = _named(
        "MAX_PIXELS", default=100_000_000, ge=1, group="Worker", tell="Largest picture taken in, in pixels"
    )
    max_side: int = _named(
        "MAX_SIDE", default=30_000, ge=1, group="Worker", tell="Longest side of a picture, in pixels"
    )

    su_username: str | None = _named("SU_USERNAME", group="People", tell="Superuser made at the very first start")
    su_password: str | None = _named(
        "SU_PASSWORD", group="People", repr=False, tell="Its password; without one it is made up and shown once"
    )
    jwt_secret: JwtSecret | None = _named(
        "JWT_SECRET",
        group="People",
        repr=False,
        tell="Signs access tokens with HS256; default is a key of our own, ES256",
    )
    access_token_seconds: int = _named(
        "ACCESS_TOKEN_SECONDS", default=900, ge=10, le=86_400, group="People", tell="Life of an access token"
    )
    refresh_token_seconds: int = _named(
        "REFRESH_TOKEN_SECONDS", default=86_400, ge=60, le=TEN_YEARS, group="People", tell="Life of a refresh token"
    )
    jwt_refresh_secret: JwtSecret | None = _named(
        "JWT_REFRESH_SECRET", group="People", repr=False, tell="Derives refresh tokens; default is a secret of our own"
    )
    registration: Literal["open", "closed"] = _named(
        "REGISTRATION", default="open", group="People", tell="Whether anybody may make an account: open or closed"
    )
    max_projects_per_user: int = _named(
        "MAX_PROJECTS_PER_USER",
        default=1000,
        ge=-1,
        group="People",
        tell="Projects one account may have, those in the bin included; -1 = no limit",
    )
    redis_url: RedisAddress | None = _named(
        "REDIS_URL", group="People", repr=False, tell="Redis, which then carries signals; watched by /health/redis"
    )
    rate_limit: Literal["memory", "redis", "off"] = _named(
        "RATE_LIMIT",
        default="memory",
        group="People",
        tell="Where requests are counted: memory (each process alone), redis (all together) or off",
    )

    oauth_google_client_id: str | None = _named(
        "OAUTH_GOOGLE_CLIENT_ID", group="Sign-in", tell="Sign-in with Google: who we are there"
    )
    oauth_google_client_secret: str | None = _named(
        "OAUTH_GOOGLE_CLIENT_SECRET", group="Sign-in", repr=False, tell="And the secret that proves it"
    )
    oauth_apple_client_id: str | None = _named(
        "OAUTH_APPLE_CLIENT_ID", group="Sign-in", tell="Sign-in with Apple: the Services ID"
    )
    oauth_apple_team_id: str | None = _named("OAUTH_APPLE_TEAM_ID", group="Sign-in", tell="The team it belongs to")
    oauth_apple_key_id: str | None = _named("OAUTH_APPLE_KEY_ID", group="Sign-in", tell="The name of the private key")
    oauth_apple_private_key: str | None = _named(
        "OAUTH_APPLE_PRIVATE_KEY", group="Sign-in", repr=False, tell="The private key itself, as PEM"
    )
    oauth_apple_private_key_path: Path | None = _named(
        "OAUTH_APPLE_PRIVATE_KEY_PATH", group="Sign-in", tell="Or the file it is in (.p8)"
    )
    oauth_oidc_name: ProviderName = _named(
        "OAUTH_OIDC_NAME", default="oidc", group="Sign-in", tell="What clients call the issuer named next"
    )
    oauth_oidc_issuer: Issuer | None = _named(
        "OAUTH_OIDC_ISSUER", group="Sign-in", tell="Sign-in with any other issuer of OpenID Connect: its URL"
    )
    oauth_oidc_client_id: str | None = _named("OAUTH_OIDC_CLIENT_ID", group="Sign-in", tell="Who we are there")
    oauth_oidc_client_secret: str | None = _named(
        "OAUTH_OIDC_CLIENT_SECRET", group="Sign-in", repr=False, tell="And the secret that proves it"
    )
    oauth_redirect_uris: Annotated[Redirects, NoDecode] = _named(
        "OAUTH_REDIRECT_URIS",
        default=(),
        group="Sign-in",
        tell="Where sign-ins may return to, the usual address first, with commas between; "
        "PUBLIC_URL/auth/oauth/callback is always among them",
    )
    egress_allow: Annotated[Outside, NoDecode] = _named(
        "EGRESS_ALLOW",
        default=(),
        group="Sign-in",
        tell="Hosts and networks outside the public internet that may be connected to, with commas between",
    )

    auth_disabled: bool = _named(
        "AUTH_DISABLED", default=False, group="Library", tell="Whether everybody may do everything with /entity"
    )
    read_auth_enabled: bool = _named(
        "READ_AUTH_ENABLED", default=False, group="Library", tell="Whether reading /entity takes a token as well"
    )
    public_key_path: Path | None = _named(
        "PUBLIC_KEY_PATH",
        group="Library",
        tell="Public key (ES256, PEM) of another service whose tokens count for /entity; default "
        "DATA_DIR/public_key.pem where there is one",
    )

    ingest_source: IngestAddress | None = _named(
        "INGEST_SOURCE", group="Ingest", tell="Bring media in from there: s3://bucket/prefix, or a folder"
    )
    ingest_project: str | None = _named(
        "INGEST_PROJECT", group="Ingest", tell="Id or slug of the project that receives them"
    )
    ingest_schedule: CronText | None = _named(
        "INGEST_SCHEDULE", group="Ingest", tell="When to look, as in cron (UTC): minute hour day month weekday"
    )

    @field_validator(
        "cors_origins", "trusted_proxies", "oauth_redirect_uris", "egress_allow", "worker_queues", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        rules = [
            (self.store == "s3" and not self.s3_bucket, "BLOB_STORE=s3 needs S3_BUCKET_NAME"),
            (self.store == "s3" and not (self.s3_access_key and self.s3_secret_key),
             "a bucket (S3_BUCKET_NAME) needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            (self.s3_public_bucket and self.store != "s3", "S3_PUBLIC_BUCKET=true needs BLOB_STORE=s3"),
            (self.rate_limit == "redis" and not self.redis_url, "RATE_LIMIT=redis needs REDIS_URL"),
            (self.ingest_source is not None and not self.ingest_project, "INGEST_SOURCE needs INGEST_PROJECT"),
            (self.ingest_schedule is not None and not self.ingest_source, "INGEST_SCHEDULE needs INGEST_SOURCE"),
            ((self.ingest_source or "").startswith("s3://") and not (self.s3_access_key and self.s3_secret_key),
             "INGEST_SOURCE=s3://… needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            (self.su_password is not None and not self.su_username, "SU_PASSWORD needs SU_USERNAME"),
        ]  # fmt: skip
        for rule in [*(rule for broken, rule in rules if broken), *broken_rules(self)]:
            raise ValueError(rule)
        return self

    @model_validator(mode="after")
    def _superuser(self) -> Self:
        try:
            checked_credentials(self.su_username or "admin", self.su_password or "made up later")
        except Invalid as refused:
            raise ValueError("; ".join(f"SU_{e.field.upper()} {e.message}" for e in refused.errors)) from None
        return self

    @property
    def store(self) -> Literal["filesystem", "s3", "memory"]:
        """The blob store in force."""
        return self.blob_store or ("s3" if self.s3_bucket else "filesystem")

    @property
    def database(self) -> str:
        """The database in force."""
        folder = self.database_dir or self.data_dir
        return self.database_url or f"sqlite:///{(folder / 'media_store.db').absolute()}"

    @property
    def database_kind(self) -> Literal["sqlite", "postgres", "memory"]:
        """Which adapter the database wants."""
        scheme = self.database.partition("://")[0]
        return "postgres" if scheme.startswith("postgres") else "memory" if scheme == "memory" else "sqlite"

    @property
    def signals_by(self) -> Literal["redis", "postgres", "memory"]:
        """What carries signals."""
        return "redis" if self.redis_url else "postgres" if self.database_kind == "postgres" else "memory"

    @property
    def blobs_dir(self) -> Path:
        """Where a filesystem store keeps its blobs."""
        return self.media_storage_dir or self.data_dir / "media_store"

    @property
    def concurrency(self) -> int:
        """How many jobs run at once."""
        return self.worker_concurrency or os.cpu_count() or 1

    @property
    def address(self) -> str:
        """The URL clients use."""
        host = {"0.0.0.0": "localhost", "::": "localhost"}.get(self.host, self.host)  # noqa: S104
        return self.public_url or f"http://{f'[{host}]' if ':' in host else host}:{self.port}"


def names(field: Any) -> list[str]:
    """The environment variables a field is read from, the first being ours."""
    return [str(choice) for choice in field.validation_alias.choices]


def load_settings(**overrides: Any) -> Settings:
    """The settings in force, or `BadSettings`."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise BadSettings("; ".join(_tell(problem) for problem in error.errors())) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f".env cannot be read: {error}") from None


def _tell(problem: Any) -> str:
    message = problem["msg"].removeprefix("Value error, ")
    known = [names(field) for field in Settings.model_fields.values()]
    where = [" or ".join(each) for each in known if problem["loc"] and problem["loc"][0] in each]
    return ": ".join([*where, message])
