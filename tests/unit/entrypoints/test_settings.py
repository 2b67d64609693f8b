"""The operator's settings: known by every name the documents use, checked at the start, silent about secrets."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from domain.settings import LARGEST_QUOTA
from entrypoints import env_example
from entrypoints.oauth_rules import apple_private_key
from entrypoints.settings import BadSettings, Settings, load_settings, names
from entrypoints.wiring.blobs import STORES
from tests.conftest import ROOT, SETTING_LINE
from tests.tables import over_rows

KNOWN = {name for field in Settings.model_fields.values() for name in names(field)}
EXAMPLE = (ROOT / ".env.example").read_text()

PROMISED = """
    HOST PORT DATA_DIR PUBLIC_URL SU_USERNAME SU_PASSWORD DATABASE_URL BLOB_STORE AWS_REGION S3_REGION AWS_ACCESS_KEY_ID
    S3_ACCESS_KEY AWS_SECRET_ACCESS_KEY S3_SECRET_KEY S3_BUCKET_NAME S3_BUCKET S3_ENDPOINT S3_PUBLIC_BUCKET JWT_SECRET
    WORKER_CONCURRENCY IMAGE_ENGINE REDIS_URL DATABASE_DIR MEDIA_STORAGE_DIR RATE_LIMIT REGISTRATION AUTH_DISABLED
    READ_AUTH_ENABLED PUBLIC_KEY_PATH LOG_FORMAT DEFAULT_QUOTA INGEST_PROJECT
"""
BY_SEED = {
    "Media Blob Kit": """
        DATABASE_URL DB_URL JWT_SECRET AWS_REGION AWS_ACCESS_KEY_ID AWS_ACCESS_KEY AWS_SECRET_ACCESS_KEY S3_BUCKET_NAME
        S3_ENDPOINT WORKER_CONCURRENCY
    """,
    "Media Inbox": """
        S3_ACCESS_KEY S3_SECRET_KEY S3_BUCKET S3_REGION DATABASE_URL REDIS_URL JWT_SECRET JWT_REFRESH_SECRET
    """,
    "CoLAN Media Store": """
        DATABASE_DIR MEDIA_STORAGE_DIR DATABASE_URL AUTH_DISABLED READ_AUTH_ENABLED PUBLIC_KEY_PATH
    """,
}
BUCKET = {"S3_BUCKET_NAME": "media", "AWS_ACCESS_KEY_ID": "us", "AWS_SECRET_ACCESS_KEY": "prove-it"}
APPLE_KEY = ECKey.generate_key("P-256").as_pem(private=True).decode()
GOOGLE = {"OAUTH_GOOGLE_CLIENT_ID": "us", "OAUTH_GOOGLE_CLIENT_SECRET": "geheim"}
APPLE = {
    "OAUTH_APPLE_CLIENT_ID": "org.example.web",
    "OAUTH_APPLE_TEAM_ID": "TEAM",
    "OAUTH_APPLE_KEY_ID": "KEY",
    "OAUTH_APPLE_PRIVATE_KEY": APPLE_KEY,
}
OIDC = {
    "OAUTH_OIDC_ISSUER": "https://login.example.com/realm/",
    "OAUTH_OIDC_CLIENT_ID": "us",
    "OAUTH_OIDC_CLIENT_SECRET": "geheim",
}
OAUTH = GOOGLE | APPLE | OIDC
ALIASES = [
    (first, other) for first, *others in (names(field) for field in Settings.model_fields.values()) for other in others
]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> "Loader":
    monkeypatch.chdir(tmp_path)
    for name in KNOWN:
        monkeypatch.delenv(name, raising=False)
    return Loader(monkeypatch, tmp_path)


class Loader:
    """Loads settings from a made environment and a made `.env`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._monkeypatch, self._folder = monkeypatch, folder

    def __call__(self, *, dotenv: str | bytes | None = None, **environment: str) -> Settings:
        if dotenv is not None:
            (self._folder / ".env").write_bytes(dotenv if isinstance(dotenv, bytes) else dotenv.encode())
        with self._monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            return load_settings()

    def refusal(self, *, dotenv: str | bytes | None = None, **environment: str) -> str:
        with pytest.raises(BadSettings) as refused:
            self(dotenv=dotenv, **environment)
        told = str(refused.value)
        assert told == " ".join(told.split()), "more than one line"
        return told


def test_every_name_of_the_contract_is_known() -> None:
    assert set(PROMISED.split()) - KNOWN == set()


@pytest.mark.parametrize("seed", BY_SEED)
def test_every_name_of_the_systems_we_replace_is_known(seed: str) -> None:
    assert set(BY_SEED[seed].split()) - KNOWN == set()


def test_the_example_is_what_the_settings_say() -> None:
    assert env_example.render() == EXAMPLE


def test_the_example_names_exactly_the_settings() -> None:
    told = SETTING_LINE.findall(EXAMPLE)
    assert len(told) == len(set(told))
    assert set(told) == KNOWN


def test_the_example_changes_nothing_when_used_as_it_is(load: Loader) -> None:
    uncommented = re.sub(r"^#(?=[A-Z0-9_]+=)", "", EXAMPLE, flags=re.MULTILINE)
    assert load(dotenv=uncommented).model_dump() == load(dotenv="").model_dump()
    assert load(dotenv=EXAMPLE).model_fields_set == set()


def test_no_name_means_two_things() -> None:
    every = [name for field in Settings.model_fields.values() for name in names(field)]
    assert len(every) == len(set(every))


def test_nothing_needs_to_be_set(load: Loader) -> None:
    settings = load()
    assert (settings.host, settings.port, settings.address) == ("127.0.0.1", 3000, "http://127.0.0.1:3000")
    assert (settings.store, settings.database_kind, settings.image_engine) == ("filesystem", "sqlite", "vips")
    assert settings.database == f"sqlite:///{Path.cwd() / 'data' / 'media_store.db'}"
    assert settings.blobs_dir == Path("data/media_store")
    assert settings.concurrency == os.cpu_count()
    assert (settings.access_token_seconds, settings.refresh_token_seconds) == (900, 86_400)


@pytest.mark.parametrize(
    ("environment", "store", "database_kind"),
    [
        ({}, "filesystem", "sqlite"),
        ({**BUCKET}, "s3", "sqlite"),
        ({**BUCKET, "BLOB_STORE": "filesystem"}, "filesystem", "sqlite"),
        ({"BLOB_STORE": "memory", "DATABASE_URL": "memory://"}, "memory", "memory"),
        ({"DATABASE_URL": "postgres://me:pass@host/name"}, "filesystem", "postgres"),
        ({"DATABASE_URL": "postgresql://me:pass@host/name"}, "filesystem", "postgres"),
        ({"DATABASE_URL": "sqlite:////var/lib/media.db"}, "filesystem", "sqlite"),
    ],
)
def test_which_adapters_are_chosen(load: Loader, environment: dict[str, str], store: str, database_kind: str) -> None:
    settings = load(**environment)
    assert (settings.store, settings.database_kind) == (store, database_kind)


def test_blob_stores_are_those_of_the_selector(load: Loader, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = f"BLOB_STORE: there is no blob store 'tape'; there are {', '.join(STORES)}"
    assert load.refusal(BLOB_STORE="tape") == refusal
    monkeypatch.setitem(STORES, "tape", STORES["memory"])
    assert load(BLOB_STORE="tape").store == "tape"


def test_where_things_lie(load: Loader) -> None:
    assert load(DATA_DIR="/d").database == "sqlite:////d/media_store.db"
    assert load(DATA_DIR="/d").blobs_dir == Path("/d/media_store")
    assert load(DATA_DIR="/d", DATABASE_DIR="/e").database == "sqlite:////e/media_store.db"
    assert load(DATA_DIR="/d", MEDIA_STORAGE_DIR="/m").blobs_dir == Path("/m")
    assert load(DATABASE_DIR="/e", DATABASE_URL="sqlite:////f/x.db").database == "sqlite:////f/x.db"


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"HOST": "0.0.0.0", "PORT": "80"}, "http://localhost:80"),
        ({"HOST": "::"}, "http://localhost:3000"),
        ({"HOST": "::1"}, "http://[::1]:3000"),
        ({"PUBLIC_URL": "https://media.example.com/"}, "https://media.example.com"),
        ({"PUBLIC_URL": "https://example.com:8443/media/"}, "https://example.com:8443/media"),
    ],
)
def test_the_address_clients_use(load: Loader, environment: dict[str, str], address: str) -> None:
    assert load(**environment).address == address


def test_a_dotenv_file_is_read_and_the_environment_wins(load: Loader) -> None:
    assert load(dotenv="PORT=4000\nHOST='::1'\n# PORT=1\nSOMEBODY_ELSES=3\n").port == 4000
    settings = load(PORT="5000")
    assert (settings.port, settings.host) == (5000, "::1")


def test_the_environment_wins_under_any_name(load: Loader) -> None:
    assert load(dotenv="AWS_REGION=from-file\n", S3_REGION="from-environment").s3_region == "from-environment"
    assert load(dotenv="S3_REGION=from-file\n", AWS_REGION="from-environment").s3_region == "from-environment"


def test_empty_values_mean_nothing(load: Loader) -> None:
    empty = dict.fromkeys(KNOWN, "")
    assert load(**empty).model_fields_set == set()
    assert load(dotenv="PORT=\nHOST=''\n").model_fields_set == set()
    assert load(dotenv="", AWS_REGION="", S3_REGION="eu-west-1").s3_region == "eu-west-1"


@pytest.mark.parametrize(("first", "other"), ALIASES)
def test_both_names_work_and_the_first_one_wins(load: Loader, first: str, other: str) -> None:
    field = next(name for name, known in Settings.model_fields.items() if first in names(known))
    one, two = ("sqlite:///one", "sqlite:///two") if field == "database_url" else ("one", "two")
    around = {name: value for name, value in BUCKET.items() if name != first}
    assert getattr(load(**{**around, other: two}), field) == two
    assert getattr(load(**{**around, other: two, first: one}), field) == one


def test_which_names_are_pairs() -> None:
    assert {frozenset(pair) for pair in ALIASES} >= {
        frozenset(pair)
        for pair in (
            ("AWS_REGION", "S3_REGION"),
            ("AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY"),
            ("AWS_SECRET_ACCESS_KEY", "S3_SECRET_KEY"),
            ("S3_BUCKET_NAME", "S3_BUCKET"),
        )
    }


@pytest.mark.slow
@over_rows(
    ("name", "values"),
    [
        ("PORT", "x 0 65536 -1 80.5 1e3 0x50 nan"),
        (
            "PUBLIC_URL",
            "example.com ftp://a http:// http://[ http://a:99999 http://a:b http://a/?q http://a/#f http://ä http://u:p@a",
        ),
        ("ALLOWED_HOSTS", "* https://a a:3000 a/b .a a. [::1] ä a..b " + "x" * 254),
        ("CORS_ORIGINS", "example.com https://a/ https://a/b *,b https://u@a"),
        ("TRUSTED_PROXIES", "* proxy.internal 10.0.0.1/8 10.0.0.0/33 10.0.0.1,x 1.2.3.4:80 [::1]"),
        ("MAX_UPLOAD_BYTES", "-2 1.5 10MB"),
        ("RECEIVE_TIMEOUT", "0 -1 inf nan x 1e9"),
        ("SHUTDOWN_GRACE", "-1 inf nan 1e9"),
        ("LOG_FORMAT", "xml TEXT"),
        ("LOG_LEVEL", "loud"),
        ("DATABASE_URL", "mysql://a /tmp/x.db sqlite:x postgres:x"),
        ("DB_URL", "mysql://a"),
        ("BLOB_STORE", "minio disk"),
        ("S3_ENDPOINT", "minio:9000 http://a/path s3://a http://a?b"),
        ("S3_PUBLIC_ENDPOINT", "minio:9000 http://a/path"),
        ("AWS_REGION", "EU -eu eu/west"),
        ("S3_BUCKET_NAME", "ab a/b -abc a..b/ " + "x" * 64),
        ("S3_PUBLIC_BUCKET", "maybe 2"),
        ("MIN_FREE_DISK", "-1 1.5 1GB"),
        ("S3_CORS_ORIGINS", "example.com https://a/b"),
        ("SERVE", "through REDIRECT"),
        ("DEFAULT_QUOTA", f"-2 x {LARGEST_QUOTA + 1}"),
        ("IMAGE_ENGINE", "gd VIPS"),
        ("METADATA_READER", "pillow EXIFTOOL"),
        ("WORKER_CONCURRENCY", "-1 257 many"),
        ("JOB_LEASE", "0 3601 inf nan"),
        ("POLL_INTERVAL", "0 301 nan"),
        ("DOORS", "files auth,files Auth auth;media"),
        ("WORKER_QUEUES", "pictures images,pictures Images images;sync"),
        ("UPLOAD_GRACE", "59 inf nan a-day"),
        ("KEEP_JOBS_DAYS", "0 36501 x"),
        ("KEEP_EVENTS_DAYS", "0 36501 x"),
        ("KEEP_AUDIT_DAYS", "0 36501 x"),
        ("RENDER_TIMEOUT", "0 inf nan"),
        ("SANDBOX", "off true"),
        ("MAX_PIXELS", "0 x"),
        ("MAX_SIDE", "0 x"),
        ("SU_USERNAME", "x" * 255),
        ("JWT_SECRET", "x" * 15),
        ("ACCESS_TOKEN_SECONDS", "9 86401"),
        ("REFRESH_TOKEN_SECONDS", "59 99999999999999999999"),
        ("REDIS_URL", "localhost:6379 http://localhost redis://"),
        ("REGISTRATION", "perhaps"),
        ("RATE_LIMIT", "on"),
        ("OAUTH_OIDC_NAME", "google apple Corp a/b -x " + "x" * 33),
        ("OAUTH_OIDC_ISSUER", "login.example.com ftp://a https:// https://u@a https://a?q https://a#f https://a:99999"),
        ("OAUTH_REDIRECT_URIS", "app.example.com javascript:alert(1) https:// https://a/#f https://u@a data:x /back"),
        ("EGRESS_ALLOW", "http://a 10.0.0.1/8 10.0.0.0/33 256.1.1.1 a/b *.example.com ::1/129"),
        ("AUTH_DISABLED", "maybe"),
        ("METRICS_PORT", "0 65536 http"),
        ("METRICS_TOKEN", "short zehn-ä-zeichen"),
        ("READ_AUTH_ENABLED", "2"),
        ("EXTERNAL_TOKEN_AUDIENCE", "x" * 501),
        ("EXTERNAL_TOKEN_ISSUER", "x" * 501),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4318 grpc://a http://u:p@a http://a?q"),
        ("OTEL_EXPORTER_OTLP_HEADERS", 'geheim =geheim a=b,geheim a:b a=ü a=b;c a="b"'),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "2 -1 x nan"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_setting(load: Loader, name: str, values: str) -> None:
    for value in values.split():
        assert re.match(rf"(\w+ or )?{name}( or \w+)*[: ]", load.refusal(**{**BUCKET, name: value})), value


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({"BLOB_STORE": "s3"}, ["BLOB_STORE=s3", "S3_BUCKET_NAME"]),
        ({"S3_BUCKET": "media"}, ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]),
        ({"S3_BUCKET": "media", "S3_ACCESS_KEY": "us"}, ["AWS_SECRET_ACCESS_KEY"]),
        ({"S3_BUCKET": "media", "S3_SECRET_KEY": "geheim-geheim"}, ["AWS_ACCESS_KEY_ID"]),
        ({"S3_PUBLIC_BUCKET": "true"}, ["S3_PUBLIC_BUCKET", "BLOB_STORE=s3"]),
        ({"S3_CORS_ORIGINS": "*"}, ["S3_CORS_ORIGINS", "BLOB_STORE=s3"]),
        ({**BUCKET, "S3_PUBLIC_BUCKET": "true", "SERVE": "proxy"}, ["S3_PUBLIC_BUCKET", "SERVE=proxy"]),
        ({"RATE_LIMIT": "redis"}, ["RATE_LIMIT=redis", "REDIS_URL"]),
        ({"SU_PASSWORD": "geheim"}, ["SU_PASSWORD", "8 to 128"]),
        ({"SU_USERNAME": "an na"}, ["SU_USERNAME"]),
        ({"SU_USERNAME": "anna", "SU_PASSWORD": "geheim"}, ["SU_PASSWORD", "8 to 128"]),
        ({"SU_USERNAME": "anna", "SU_PASSWORD": "geheim" * 30}, ["SU_PASSWORD", "8 to 128"]),
    ],
)
def test_what_contradicts_itself_is_one_line_too(load: Loader, environment: dict[str, str], told: list[str]) -> None:
    refusal = load.refusal(**environment)
    assert all(word in refusal for word in told)
    assert "geheim" not in refusal


def test_a_reader_that_is_asked_for_must_be_there(
    load: Loader, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert load(METADATA_READER="auto").metadata_reader == "auto"
    refusal = load.refusal(METADATA_READER="exiftool")
    assert "METADATA_READER=exiftool" in refusal
    assert "libimage-exiftool-perl" in refusal
    (tmp_path / "exiftool").write_text("#!/bin/sh\n")
    (tmp_path / "exiftool").chmod(0o700)
    assert load(METADATA_READER="exiftool").metadata_reader == "exiftool"


@pytest.mark.parametrize("complete", [GOOGLE, APPLE, OIDC])
def test_a_way_to_sign_in_is_complete_or_absent(load: Loader, complete: dict[str, str]) -> None:
    load(**complete)
    for missing in complete:
        told = load.refusal(**{name: value for name, value in complete.items() if name != missing})
        assert missing in told
        assert "geheim" not in told
        assert "PRIVATE KEY" not in told


def test_the_issuer_is_kept_to_the_letter(load: Loader) -> None:
    assert load(**OIDC).oauth_oidc_issuer == OIDC["OAUTH_OIDC_ISSUER"]


def test_an_issuer_without_tls_is_for_hosts_the_operator_allows(load: Loader) -> None:
    for issuer, allow in (
        ("http://idp.internal:8080", "idp.internal"),
        ("http://10.1.2.3", "other.internal,10.1.0.0/16"),
        ("http://[::1]:9000/", "::1"),
    ):
        environment = {**OIDC, "OAUTH_OIDC_ISSUER": issuer}
        assert "https" in load.refusal(**environment)
        assert "https" in load.refusal(**environment, EGRESS_ALLOW="10.2.0.0/16,idp.example")
        assert load(**environment, EGRESS_ALLOW=allow).oauth_oidc_issuer == issuer


def test_apples_key_is_read_from_a_variable_or_a_file(load: Loader, tmp_path: Path) -> None:
    file = tmp_path / "key.p8"
    file.write_text(APPLE_KEY)
    in_file = {name: value for name, value in APPLE.items() if name != "OAUTH_APPLE_PRIVATE_KEY"}
    in_file["OAUTH_APPLE_PRIVATE_KEY_PATH"] = str(file)
    in_one_line = APPLE | {"OAUTH_APPLE_PRIVATE_KEY": APPLE_KEY.replace("\n", "\\n")}
    for environment in (APPLE, in_file, in_one_line):
        assert apple_private_key(load(**environment)) == APPLE_KEY
    assert "only one" in load.refusal(**APPLE, OAUTH_APPLE_PRIVATE_KEY_PATH=str(file))
    assert "OAUTH_APPLE_PRIVATE_KEY_PATH" in load.refusal(**in_file | {"OAUTH_APPLE_PRIVATE_KEY_PATH": "nowhere.p8"})
    for key in (ECKey.generate_key("P-384"), RSAKey.generate_key(2048)):
        assert "P-256" in load.refusal(**APPLE | {"OAUTH_APPLE_PRIVATE_KEY": key.as_pem(private=True).decode()})
    public = ECKey.import_key(APPLE_KEY).as_pem(private=False).decode()
    assert "P-256" in load.refusal(**APPLE | {"OAUTH_APPLE_PRIVATE_KEY": public})


def test_several_mistakes_are_told_together(load: Loader) -> None:
    told = load.refusal(PORT="x", LOG_LEVEL="loud", JWT_SECRET="geheim")
    assert [name for name in ("PORT: ", "LOG_LEVEL: ", "JWT_SECRET: ") if name in told] == [
        "PORT: ",
        "LOG_LEVEL: ",
        "JWT_SECRET: ",
    ]


SECRETS = {
    "JWT_SECRET": "geheim-geheim-geheim",
    "JWT_REFRESH_SECRET": "geheim und lang genug",
    "AWS_SECRET_ACCESS_KEY": "geheim",
    "S3_SECRET_KEY": "geheim",
    "SU_PASSWORD": "geheim-geheim",
    "OAUTH_GOOGLE_CLIENT_SECRET": "geheim",
    "OAUTH_APPLE_PRIVATE_KEY": "geheim",
    "OAUTH_OIDC_CLIENT_SECRET": "geheim",
    "DATABASE_URL": "postgres://me:geheim@host/name",
    "REDIS_URL": "redis://:geheim@host",
    "METRICS_TOKEN": "geheim-geheim",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=Bearer%20geheim,x-scope=us",
}


def test_the_list_of_secrets_is_complete() -> None:
    assert {name for name in KNOWN if re.search("SECRET|PASSWORD|PRIVATE_KEY$|_TOKEN$", name)} <= set(SECRETS)


def test_settings_can_be_shown_without_their_secrets(load: Loader) -> None:
    settings = load(**{**SECRETS, **OAUTH, "SU_USERNAME": "anna"})
    assert "geheim" in str(settings.model_dump())
    assert "PRIVATE KEY" in str(settings.model_dump())
    assert "PRIVATE KEY" not in f"{settings!r} {settings}"
    assert "geheim" not in f"{settings!r} {settings}"


@pytest.mark.parametrize("broken", [{"PORT": "x"}, {"SU_USERNAME": ""}, {"JWT_SECRET": "geheim"}])
def test_a_refusal_shows_no_secret_anywhere(load: Loader, broken: dict[str, str]) -> None:
    with pytest.raises(BadSettings) as refused:
        load(**{"SU_USERNAME": "anna", **SECRETS, **broken})
    seen: BaseException | None = refused.value
    while seen is not None:
        assert "geheim" not in f"{seen!r} {seen}"
        seen = seen.__cause__ or seen.__context__


@pytest.mark.parametrize("content", [b"PORT=\xff\n", b"\x80\x04", "PORT=3000\n".encode("utf-16")])
def test_a_dotenv_file_that_is_no_text_is_one_line(load: Loader, content: bytes) -> None:
    assert ".env" in load.refusal(dotenv=content)


@pytest.mark.slow
@given(
    st.sampled_from(sorted(KNOWN)),
    st.text(st.characters(exclude_categories=(), exclude_characters="\x00"), max_size=30)
    | st.from_regex(r"(https?|redis|postgres|sqlite)://[!-~]{1,20}", fullmatch=True),
)
def test_whatever_a_value_is_it_is_taken_or_refused(name: str, value: str) -> None:
    told = name
    try:
        load_settings(**{name: value})
    except BadSettings as refused:
        told = str(refused)
    assert name in told
    assert len(told.splitlines()) == 1


def test_lists_have_commas_between(load: Loader) -> None:
    assert load().cors_origins == ("*",)
    told = load(CORS_ORIGINS=" https://a.example , http://localhost:5173,", OAUTH_REDIRECT_URIS="https://a/b,https://c")
    assert told.cors_origins == ("https://a.example", "http://localhost:5173")
    assert told.oauth_redirect_uris == ("https://a/b", "https://c")


def test_hosts_are_names(load: Loader) -> None:
    assert load().allowed_hosts == ()
    assert load(ALLOWED_HOSTS="api, Media.example.com,").allowed_hosts == ("api", "media.example.com")


def test_proxies_are_networks(load: Loader) -> None:
    assert load().trusted_proxies == ()
    told = load(TRUSTED_PROXIES="127.0.0.1, 10.0.0.0/8,::1, 2001:DB8::/32")
    assert told.trusted_proxies == ("127.0.0.1/32", "10.0.0.0/8", "::1/128", "2001:db8::/32")


@pytest.mark.parametrize(
    ("environment", "carrier"),
    [
        ({}, "memory"),
        ({"DATABASE_URL": "memory://"}, "memory"),
        ({"DATABASE_URL": "postgres://host/name"}, "postgres"),
        ({"DATABASE_URL": "postgres://host/name", "REDIS_URL": "redis://host"}, "redis"),
        ({"REDIS_URL": "redis://host"}, "redis"),
    ],
)
def test_what_carries_signals(load: Loader, environment: dict[str, str], carrier: str) -> None:
    assert load(**environment).signals_by == carrier


def test_where_requests_are_counted(load: Loader) -> None:
    assert load().rate_limit == load(REDIS_URL="redis://host").rate_limit == "memory"
    assert load(RATE_LIMIT="redis", REDIS_URL="redis://host").rate_limit == "redis"
    assert load(RATE_LIMIT="off").rate_limit == "off"
