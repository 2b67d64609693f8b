"""Every choice an operator has: from the environment or a `.env` file, typed, and checked before anything starts."""

import os
import sys
from pathlib import Path
from shutil import which
from typing import Any, Literal, Self

from pydantic import ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import Invalid
from domain.identity import check_credentials
from entrypoints.oauth_rules import broken_rules
from entrypoints.refusals import CannotStart
from entrypoints.setting_groups.ingest import IngestSettings
from entrypoints.setting_groups.library import LibrarySettings
from entrypoints.setting_groups.metrics import MetricsSettings
from entrypoints.setting_groups.people import PeopleSettings
from entrypoints.setting_groups.server import ServerSettings
from entrypoints.setting_groups.sign_in import SignInSettings
from entrypoints.setting_groups.storage import StorageSettings
from entrypoints.setting_groups.tracing import TracingSettings
from entrypoints.setting_groups.worker import WorkerSettings

TOKENS_FOR_ANYBODY = (
    "tokens of PUBLIC_KEY_PATH count for the library whomever they were made for: set EXTERNAL_TOKEN_AUDIENCE or "
    "EXTERNAL_TOKEN_ISSUER"
)


class BadSettings(CannotStart):
    """A setting is wrong; the message is one line that names it and says what would be right."""

    opening = "bad setting: "


# Fields come in the order of the bases from the last to the first.
class Settings(
    TracingSettings,
    MetricsSettings,
    IngestSettings,
    LibrarySettings,
    SignInSettings,
    PeopleSettings,
    WorkerSettings,
    StorageSettings,
    ServerSettings,
    BaseSettings,
):
    """What the environment says. The embedded default (SQLite and a folder) needs nothing at all."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        case_sensitive=True,
        hide_input_in_errors=True,
    )

    @field_validator(
        "allowed_hosts",
        "doors",
        "s3_cors_origins",
        "cors_origins",
        "trusted_proxies",
        "oauth_redirect_uris",
        "egress_allow",
        "worker_queues",
        mode="before",
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
            (self.s3_cors_origins and self.store != "s3", "S3_CORS_ORIGINS needs BLOB_STORE=s3"),
            (self.s3_public_bucket and self.serve == "proxy",
             "S3_PUBLIC_BUCKET=true hands out the bucket's own URLs, which SERVE=proxy cannot answer"),
            (self.rate_limit == "redis" and not self.redis_url, "RATE_LIMIT=redis needs REDIS_URL"),
            (self.ingest_source is not None and not self.ingest_project, "INGEST_SOURCE needs INGEST_PROJECT"),
            (self.ingest_schedule is not None and not self.ingest_source, "INGEST_SCHEDULE needs INGEST_SOURCE"),
            ((self.ingest_source or "").startswith("s3://") and not (self.s3_access_key and self.s3_secret_key),
             "INGEST_SOURCE=s3://… needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
            (self.metadata_reader == "exiftool" and not which("exiftool"),
             "METADATA_READER=exiftool needs exiftool (Debian: libimage-exiftool-perl)"),
        ]  # fmt: skip
        if told := [*(rule for broken, rule in rules if broken), *broken_rules(self)]:
            raise ValueError(told[0])
        return self

    @model_validator(mode="after")
    def _superuser(self) -> Self:
        try:
            check_credentials(self.superuser, self.su_password or "made up later")
        except Invalid as refused:
            raise ValueError("; ".join(f"SU_{e.field.upper()} {e.message}" for e in refused.errors)) from None
        return self

    @property
    def superuser(self) -> str:
        """What the superuser of the very first start is called."""
        return self.su_username or "admin"

    @property
    def store(self) -> str:
        """The blob store in force: a name in `entrypoints.wiring.blobs.STORES`."""
        return self.blob_store or ("s3" if self.s3_bucket else "filesystem")

    @property
    def database(self) -> str:
        """The database in force."""
        folder = self.database_dir or self.data_dir
        return self.database_url or f"sqlite:///{(folder / 'media_store.db').absolute()}"

    @property
    def database_folder(self) -> Path | None:
        """Where the file of an SQLite database is."""
        if self.database_kind != "sqlite":
            return None
        return Path(self.database.removeprefix("sqlite:///").partition("?")[0]).parent

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
    def external_key(self) -> Path | None:
        """The public key of the service whose tokens count for the library, if any."""
        usual = self.data_dir / "public_key.pem"
        return self.public_key_path or (usual if usual.exists() else None)

    @property
    def external_tokens_for_anybody(self) -> bool:
        """Whether tokens count that the other service made for somebody else."""
        return self.external_key is not None and not (self.external_token_audience or self.external_token_issuer)

    @property
    def concurrency(self) -> int:
        """How many jobs run at once."""
        return self.worker_concurrency or os.cpu_count() or 1

    @property
    def walls_required(self) -> bool:
        """Whether nothing starts where decoders cannot be kept in."""
        return self.sandbox == "required" or (self.sandbox is None and sys.platform == "linux")

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
