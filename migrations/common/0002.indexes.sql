-- depends: 0001.tables

CREATE INDEX user_names_user ON user_names (user_id);

CREATE INDEX users_created ON users (created_at, id);

CREATE INDEX users_updated ON users (updated_at);

CREATE INDEX users_superusers ON users (id) WHERE role = 'su';

CREATE INDEX user_roles_role ON user_roles (role);

CREATE INDEX sessions_user ON sessions (user_id);

CREATE INDEX sessions_revoked ON sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE UNIQUE INDEX refresh_tokens_parent ON refresh_tokens (parent_hash);

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE INDEX audit_newest ON audit (at, id);

CREATE INDEX audit_actor ON audit (actor_id, at, id);

CREATE INDEX audit_action ON audit (action, at, id);

CREATE INDEX audit_subject ON audit (subject, at, id);

CREATE INDEX audit_project ON audit (project_id, at, id);

CREATE INDEX projects_owner ON projects (owner_id, created_at, id);

CREATE INDEX projects_created ON projects (created_at, id);

CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

CREATE INDEX api_keys_project ON api_keys (project_id, created_at, id);

CREATE UNIQUE INDEX files_key ON files (key);

CREATE INDEX files_project ON files (project_id, created_at, id);

CREATE INDEX files_created ON files (created_at, id);

CREATE UNIQUE INDEX variants_key ON variants (key);

-- The order of claims; it holds unfinished jobs only, so that its size follows the work and not the history.
CREATE INDEX jobs_claim ON jobs (kind, priority, project_id, due_at, id) WHERE status IN ('pending', 'processing');

CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key)
    WHERE unique_key IS NOT NULL AND status IN ('pending', 'processing');

CREATE INDEX jobs_project ON jobs (project_id, created_at, id);

CREATE INDEX jobs_file ON jobs (file_id) WHERE file_id IS NOT NULL;

CREATE INDEX events_file ON events (file_id, id) WHERE file_id IS NOT NULL;

CREATE INDEX events_project ON events (project_id, id);
