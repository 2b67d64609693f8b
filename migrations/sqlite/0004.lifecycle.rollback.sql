UPDATE schema_info SET version = 2;

DROP INDEX jobs_status;

CREATE TABLE jobs_anew (
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

INSERT INTO jobs_anew SELECT * FROM jobs WHERE project_id IN (SELECT id FROM projects);

DROP TABLE jobs;

ALTER TABLE jobs_anew RENAME TO jobs;

CREATE INDEX jobs_claim ON jobs (kind, priority, project_id, due_at, id) WHERE status IN ('pending', 'processing');

CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key)
    WHERE unique_key IS NOT NULL AND status IN ('pending', 'processing');

CREATE INDEX jobs_project ON jobs (project_id, created_at, id);

CREATE INDEX jobs_file ON jobs (file_id) WHERE file_id IS NOT NULL;

DROP INDEX events_at;

DROP INDEX events_order;

ALTER TABLE events DROP COLUMN xid;

DROP INDEX events_job;

DROP INDEX files_walk;

DROP INDEX files_size;

DROP INDEX files_name;

DROP INDEX files_sha256;

DROP INDEX files_pending;

DROP INDEX projects_binned;

ALTER TABLE projects DROP COLUMN erasing_at;

DROP TABLE replays;

DROP TABLE usage;

DROP TABLE former_keys;
