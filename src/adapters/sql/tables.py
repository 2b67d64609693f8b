"""The tables as queries name them; the migrations make them."""

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, MetaData, Table

from adapters.sql.types import Day, Json, JsonText, ProjectId, Text, UtcDateTime, Uuid

metadata = MetaData()

schema_info = Table(
    "schema_info",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("min_program", Integer, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("email", Text),
    Column("password_hash", Text),
    Column("role", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("links_since", UtcDateTime),
)

user_names = Table(
    "user_names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
)

roles = Table(
    "roles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("permissions", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("description", Text),
)

user_roles = Table(
    "user_roles",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("role", Text, primary_key=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("last_used_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("ip", Text),
    Column("user_agent", Text),
)

refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("session_id", Uuid, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("parent_hash", Text),
    Column("used_at", UtcDateTime),
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("salt", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Column("last_step", BigInteger),
    Column("recovery_hashes", Json, nullable=False),
)

sign_in_codes = Table(
    "sign_in_codes",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("hash", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor_id", Uuid),
    Column("ip", Text),
    Column("agent", Text),
    Column("project_id", Uuid),
    Column("payload", Json, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False),
    Column("description", Text),
    Column("settings", JsonText, nullable=False),
    Column("storage_used_bytes", BigInteger, nullable=False),
    Column("storage_limit_bytes", BigInteger, nullable=False),
    Column("transforms_used", BigInteger, nullable=False),
    Column("transforms_limit", BigInteger, nullable=False),
    Column("transforms_total", BigInteger, nullable=False),
    Column("files_count", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
    Column("erasing_at", UtcDateTime),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
)

files = Table(
    "files",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, nullable=False),
    Column("filename", Text, nullable=False),
    Column("filename_folded", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("md5", Text),
    Column("sha256", Text),
    Column("reason", Text),
    Column("width", BigInteger),
    Column("height", BigInteger),
    Column("duration", Double),
    Column("placeholder", Json),
    Column("metadata", Json, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("original_deleted_at", UtcDateTime),
    Column("screened", Boolean, nullable=False),
)

variants = Table(
    "variants",
    metadata,
    Column("file_id", Uuid, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("recipe", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("mime_type", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("width", BigInteger),
    Column("height", BigInteger),
    Column("size", BigInteger),
)

former_keys = Table(
    "former_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("file_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
)

usage = Table(
    "usage",
    metadata,
    Column("project_id", Uuid, primary_key=True),
    Column("day", Day, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

replays = Table(
    "replays",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("token", Uuid, nullable=False),
    Column("answer", Text),
    Column("begun_at", UtcDateTime, nullable=False),
)

presigned_uploads = Table(
    "presigned_uploads",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner_id", Uuid, nullable=False),
    Column("project_id", Uuid, nullable=False),
    Column("filename", Text, nullable=False),
    Column("content_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("gone_at", UtcDateTime, nullable=False),
    Column("sha256", Text),
    Column("etag", Text),
    Column("file_id", Uuid),
    Column("file_key", Text),
    Column("pinned_at", UtcDateTime),
    Column("status", Text),
    Column("completed_at", UtcDateTime),
)

personal_projects = Table(
    "personal_projects",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("project_id", Uuid, nullable=False),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ProjectId, nullable=False),
    Column("file_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("payload", Json, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("last_error", Text),
    Column("unique_key", Text),
    Column("run_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("lease_token", Uuid),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Column("trace", Text),
)

events = Table(
    "events",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("project_id", ProjectId, nullable=False),
    Column("file_id", Uuid),
    Column("job_id", Uuid),
    Column("at", UtcDateTime, nullable=False),
    Column("data", Json, nullable=False),
    Column("xid", BigInteger, nullable=False),
)

installation_secrets = Table(
    "installation_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("secret", Text, nullable=False),
)

oauth_states = Table(
    "oauth_states",
    metadata,
    Column("state_hash", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("code_verifier", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
)

linked_identities = Table(
    "linked_identities",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("linked_at", UtcDateTime, nullable=False),
)

entities = Table(
    "entities",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("is_collection", Boolean, nullable=False),
    Column("label", Text, nullable=False),
    Column("description", Text),
    Column("folded", Text, nullable=False),
    Column("parent_id", BigInteger),
    Column("is_deleted", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_id", Uuid),
    Column("md5", Text),
    Column("added_by", Text),
    Column("updated_by", Text),
    Column("added_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

entity_versions = Table(
    "entity_versions",
    metadata,
    Column("transaction_id", BigInteger, primary_key=True),
    Column("entity_id", BigInteger, nullable=False),
    Column("is_collection", Boolean, nullable=False),
    Column("label", Text, nullable=False),
    Column("description", Text),
    Column("folded", Text, nullable=False),
    Column("parent_id", BigInteger),
    Column("is_deleted", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("file_id", Uuid),
    Column("md5", Text),
    Column("added_by", Text),
    Column("updated_by", Text),
    Column("added_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

ingested = Table(
    "ingested",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("etag", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text),
    Column("file_id", Uuid),
    Column("seen_at", UtcDateTime, nullable=False),
)
