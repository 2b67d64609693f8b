-- depends: 0003.oauth

-- Keys that a variant once had: they lead to its newer ones, and are never given to another picture.
CREATE TABLE former_keys (
    key TEXT PRIMARY KEY,
    file_id TEXT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    name TEXT NOT NULL
) STRICT;

CREATE INDEX former_keys_file ON former_keys (file_id);

-- What came in and what was made, summed up for each day.
CREATE TABLE usage (
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (project_id, day, kind, name)
) STRICT;

-- Answers to requests with an Idempotency-Key; without `answer` the request is still being worked on.
CREATE TABLE replays (
    owner TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    token TEXT NOT NULL,
    answer TEXT,
    begun_at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) STRICT;

CREATE INDEX replays_begun ON replays (begun_at);

-- Set once a project is being erased for good: from then on nobody sees it.
ALTER TABLE projects ADD COLUMN erasing_at INTEGER;

CREATE INDEX projects_binned ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX files_pending ON files (project_id, created_at, id) WHERE status = 'pending';

CREATE INDEX files_sha256 ON files (project_id, sha256) WHERE sha256 IS NOT NULL;

CREATE INDEX files_name ON files (project_id, filename_folded, id);

CREATE INDEX files_size ON files (project_id, size, id);

CREATE INDEX files_walk ON files (project_id, id);

CREATE INDEX events_job ON events (job_id, id) WHERE job_id IS NOT NULL;

-- One writer at a time: the order of numbers is the order of commits already.
ALTER TABLE events ADD COLUMN xid INTEGER NOT NULL DEFAULT 0;

CREATE INDEX events_order ON events (xid, id);

CREATE INDEX events_at ON events (at);

-- Jobs of no project (the nil UUID) look after the installation; those that erase a project end as it does. SQLite
-- gives up a foreign key only together with its table.
CREATE TABLE jobs_anew (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL,
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

INSERT INTO jobs_anew SELECT * FROM jobs;

DROP TABLE jobs;

ALTER TABLE jobs_anew RENAME TO jobs;

CREATE INDEX jobs_claim ON jobs (kind, priority, project_id, due_at, id) WHERE status IN ('pending', 'processing');

CREATE UNIQUE INDEX jobs_unique_key ON jobs (unique_key)
    WHERE unique_key IS NOT NULL AND status IN ('pending', 'processing');

CREATE INDEX jobs_project ON jobs (project_id, created_at, id);

CREATE INDEX jobs_file ON jobs (file_id) WHERE file_id IS NOT NULL;

CREATE INDEX jobs_status ON jobs (status, updated_at);

UPDATE schema_info SET version = 3;
