-- depends: 0008.traces

-- An announced upload outlives its project: its link stays good, and what is sent by it must be found and taken away.
CREATE TABLE presigned_uploads_anew (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    project_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    gone_at INTEGER NOT NULL,
    sha256 TEXT,
    etag TEXT,
    file_id TEXT,
    file_key TEXT,
    pinned_at INTEGER,
    status TEXT,
    completed_at INTEGER
) STRICT;

INSERT INTO presigned_uploads_anew SELECT * FROM presigned_uploads;

DROP TABLE presigned_uploads;

ALTER TABLE presigned_uploads_anew RENAME TO presigned_uploads;

CREATE INDEX presigned_uploads_gone ON presigned_uploads (gone_at);

CREATE INDEX presigned_uploads_project ON presigned_uploads (project_id);

-- Those that room is kept free for.
CREATE INDEX presigned_uploads_waiting ON presigned_uploads (project_id)
    WHERE completed_at IS NULL AND file_id IS NULL;

UPDATE schema_info SET version = 8;
