-- Everything the first release keeps. Times are whole microseconds since 1970, ids and JSON are text.

CREATE TABLE schema_info (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    version INTEGER NOT NULL,
    min_program INTEGER NOT NULL
) STRICT;

INSERT INTO schema_info (id, version, min_program) VALUES (1, 1, 1);

CREATE TABLE users (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL,
    email TEXT,
    password_hash TEXT,
    role TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

-- Usernames and emails, letter case folded: both sign in, so one name can never mean two people.
CREATE TABLE user_names (
    name TEXT PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE
) STRICT;

CREATE TABLE roles (
    name TEXT PRIMARY KEY,
    permissions TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    description TEXT
) STRICT;

CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    PRIMARY KEY (user_id, role)
) STRICT;

-- The user may be gone: that a session was ended must be known for as long as its access tokens might be shown.
CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    revoked_at INTEGER,
    ip TEXT,
    user_agent TEXT
) STRICT;

CREATE TABLE refresh_tokens (
    hash TEXT PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    parent_hash TEXT,
    used_at INTEGER
) STRICT;

-- Who did what. The actor, the subject and the project may be gone; what they did is not.
CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor_id TEXT,
    ip TEXT,
    agent TEXT,
    project_id TEXT,
    payload TEXT NOT NULL
) STRICT;

-- The owner may be gone: a project outlives its user in the bin.
CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    description TEXT,
    settings TEXT NOT NULL,
    storage_used_bytes INTEGER NOT NULL,
    storage_limit_bytes INTEGER NOT NULL,
    transforms_used INTEGER NOT NULL,
    transforms_limit INTEGER NOT NULL,
    transforms_total INTEGER NOT NULL,
    files_count INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER
) STRICT;

CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash TEXT NOT NULL,
    scopes TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    last_used_at INTEGER
) STRICT;

-- No cascade: rows of files go one by one, so that their blobs are known when they do.
CREATE TABLE files (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id),
    filename TEXT NOT NULL,
    filename_folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    size INTEGER NOT NULL,
    md5 TEXT,
    sha256 TEXT,
    reason TEXT,
    width INTEGER,
    height INTEGER,
    duration REAL,
    placeholder TEXT,
    metadata TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    original_deleted_at INTEGER
) STRICT;

CREATE TABLE variants (
    file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    recipe TEXT NOT NULL,
    key TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    width INTEGER,
    height INTEGER,
    size INTEGER,
    PRIMARY KEY (file_id, name)
) STRICT;

-- `due_at` is when a job may be claimed: `run_at` while it waits, the end of its lease while somebody works on it.
-- `file_id` refers to nothing, for a job is remembered longer than its file.
CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    file_id TEXT,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    payload TEXT NOT NULL,
    priority INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    crashes INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    last_error TEXT,
    unique_key TEXT,
    run_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    lease_token TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    project_id TEXT NOT NULL,
    file_id TEXT,
    job_id TEXT,
    at INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;

CREATE TABLE installation_secrets (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL
) STRICT;
