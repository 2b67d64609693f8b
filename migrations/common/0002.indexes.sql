-- depends: 0001.tables

CREATE INDEX user_names_user ON user_names (user_id);

CREATE UNIQUE INDEX sessions_refresh_hash ON sessions (refresh_hash);

CREATE INDEX sessions_user ON sessions (user_id);

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
