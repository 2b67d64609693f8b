-- depends: 0005.library

-- What was brought in from elsewhere: a row for each version (etag) of each object, its id made of these, so that each
-- comes in once whoever sees it. Whatever became of it, it is not brought in again by itself.
CREATE TABLE ingested (
    id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    source text NOT NULL,
    key text NOT NULL,
    etag text NOT NULL,
    size bigint NOT NULL,
    status text NOT NULL,
    reason text,
    file_id uuid REFERENCES files (id) ON DELETE SET NULL,
    seen_at timestamptz NOT NULL
);

CREATE INDEX ingested_key ON ingested (project_id, source, key, seen_at);

CREATE INDEX ingested_status ON ingested (project_id, source, status, seen_at);

CREATE INDEX ingested_file ON ingested (file_id) WHERE file_id IS NOT NULL;

UPDATE schema_info SET version = 5;
