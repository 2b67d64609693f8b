-- Everything the first release keeps.

CREATE TABLE schema_info (
    id integer PRIMARY KEY CHECK (id = 1),
    version integer NOT NULL,
    min_program integer NOT NULL
);

INSERT INTO schema_info (id, version, min_program) VALUES (1, 1, 1);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL,
    email text,
    password_hash text,
    role text NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Usernames and emails, letter case folded: both sign in, so one name can never mean two people.
CREATE TABLE user_names (
    name text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE roles (
    name text PRIMARY KEY,
    permissions jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    description text
);

CREATE TABLE user_roles (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role text NOT NULL REFERENCES roles (name) ON DELETE CASCADE,
    PRIMARY KEY (user_id, role)
);

-- The user may be gone: that a session was ended must be known for as long as its access tokens might be shown.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    revoked_at timestamptz,
    ip text,
    user_agent text
);

CREATE TABLE refresh_tokens (
    hash text PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    parent_hash text,
    used_at timestamptz
);

-- Who did what. The actor, the subject and the project may be gone; what they did is not.
CREATE TABLE audit (
    id uuid PRIMARY KEY,
    action text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    actor_id uuid,
    ip text,
    agent text,
    project_id uuid,
    payload jsonb NOT NULL
);

-- The owner may be gone: a project outlives its user in the bin. Settings are json, not jsonb, which forgets the order
-- in which variants were written down.
CREATE TABLE projects (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    name text NOT NULL,
    slug text NOT NULL,
    description text,
    settings json NOT NULL,
    storage_used_bytes bigint NOT NULL,
    storage_limit_bytes bigint NOT NULL,
    transforms_used bigint NOT NULL,
    transforms_limit bigint NOT NULL,
    transforms_total bigint NOT NULL,
    files_count bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name text NOT NULL,
    prefix text NOT NULL,
    hash text NOT NULL,
    scopes jsonb NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz
);

-- No cascade: rows of files go one by one, so that their blobs are known when they do.
CREATE TABLE files (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects (id),
    filename text NOT NULL,
    filename_folded text NOT NULL,
    kind text NOT NULL,
    mime_type text NOT NULL,
    key text NOT NULL,
    status text NOT NULL,
    size bigint NOT NULL,
    md5 text,
    sha256 text,
    reason text,
    width bigint,
    height bigint,
    duration double precision,
    placeholder jsonb,
    metadata jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    original_deleted_at timestamptz
);

CREATE TABLE variants (
    file_id uuid NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    name text NOT NULL,
    recipe text NOT NULL,
    key text NOT NULL,
    mime_type text NOT NULL,
    status text NOT NULL,
    reason text,
    width bigint,
    height bigint,
    size bigint,
    PRIMARY KEY (file_id, name)
);

-- `due_at` is when a job may be claimed: `run_at` while it waits, the end of its lease while somebody works on it.
-- `file_id` refers to nothing, for a job is remembered longer than its file.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    file_id uuid,
    kind text NOT NULL,
    status text NOT NULL,
    payload jsonb NOT NULL,
    priority integer NOT NULL,
    attempts integer NOT NULL,
    crashes integer NOT NULL,
    max_attempts integer NOT NULL,
    progress integer NOT NULL,
    last_error text,
    unique_key text,
    run_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    lease_token uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);

CREATE TABLE events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    project_id uuid NOT NULL,
    file_id uuid,
    job_id uuid,
    at timestamptz NOT NULL,
    data jsonb NOT NULL
);

CREATE TABLE installation_secrets (
    name text PRIMARY KEY,
    secret text NOT NULL
);
