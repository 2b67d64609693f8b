-- depends: 0003.oauth

-- Keys that a variant once had: they lead to its newer ones, and are never given to another picture.
CREATE TABLE former_keys (
    key text PRIMARY KEY,
    file_id uuid NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    name text NOT NULL
);

CREATE INDEX former_keys_file ON former_keys (file_id);

-- What came in and what was made, summed up for each day.
CREATE TABLE usage (
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    day text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    count bigint NOT NULL,
    bytes bigint NOT NULL,
    PRIMARY KEY (project_id, day, kind, name)
);

-- Answers to requests with an Idempotency-Key; without `answer` the request is still being worked on.
CREATE TABLE replays (
    owner text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    token uuid NOT NULL,
    answer text,
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (owner, key)
);

CREATE INDEX replays_begun ON replays (begun_at);

-- Set once a project is being erased for good: from then on nobody sees it.
ALTER TABLE projects ADD COLUMN erasing_at timestamptz;

CREATE INDEX projects_binned ON projects (deleted_at) WHERE deleted_at IS NOT NULL;

CREATE INDEX files_pending ON files (project_id, created_at, id) WHERE status = 'pending';

CREATE INDEX files_sha256 ON files (project_id, sha256) WHERE sha256 IS NOT NULL;

-- Names are sorted as they are compared: letter by letter, whatever the server was set up for, as in SQLite.
ALTER TABLE files ALTER COLUMN filename_folded TYPE text COLLATE "C";

CREATE INDEX files_name ON files (project_id, filename_folded, id);

CREATE INDEX files_size ON files (project_id, size, id);

-- Its condition is always true, but only lists of all files name it. Where one project is asked for, the planner would
-- else read the newest files of all projects one by one until it has found enough of that one.
DROP INDEX files_created;

CREATE INDEX files_created ON files (created_at, id) WHERE kind <> '';

CREATE INDEX files_walk ON files (project_id, id);

CREATE INDEX events_job ON events (job_id, id) WHERE job_id IS NOT NULL;

-- The transaction that wrote an event: one that commits late must not hide behind others with higher numbers. Rows of
-- before count as written by transaction 0, and so as long committed.
ALTER TABLE events ADD COLUMN xid bigint NOT NULL DEFAULT 0;

ALTER TABLE events ALTER COLUMN xid SET DEFAULT (pg_current_xact_id()::text::bigint);

CREATE INDEX events_order ON events (xid, id);

CREATE INDEX events_at ON events (at);

-- Jobs of no project (the nil UUID) look after the installation; those that erase a project end as it does.
ALTER TABLE jobs DROP CONSTRAINT jobs_project_id_fkey;

CREATE INDEX jobs_status ON jobs (status, updated_at);

UPDATE schema_info SET version = 3;
