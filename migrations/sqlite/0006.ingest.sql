-- depends: 0005.library

-- What was brought in from elsewhere: a row for each version (etag) of each object, its id made of these, so that each
-- comes in once whoever sees it. Whatever became of it, it is not brought in again by itself.
CREATE TABLE ingested (
    id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    etag TEXT NOT NULL,
    size INTEGER NOT NULL,
    status TEXT NOT NULL,
    reason TEXT,
    file_id TEXT REFERENCES files (id) ON DELETE SET NULL,
    seen_at INTEGER NOT NULL
) STRICT;

CREATE INDEX ingested_key ON ingested (project_id, source, key, seen_at);

CREATE INDEX ingested_status ON ingested (project_id, source, status, seen_at);

CREATE INDEX ingested_file ON ingested (file_id) WHERE file_id IS NOT NULL;

UPDATE schema_info SET version = 5;
