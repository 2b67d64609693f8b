UPDATE schema_info SET version = 7;

CREATE TABLE presigned_uploads_anew (
    id TEXT PRIMARY KEY,
    owner_id TEXT NOT NULL,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
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

INSERT INTO presigned_uploads_anew SELECT * FROM presigned_uploads WHERE project_id IN (SELECT id FROM projects);

DROP TABLE presigned_uploads;

ALTER TABLE presigned_uploads_anew RENAME TO presigned_uploads;

CREATE INDEX presigned_uploads_gone ON presigned_uploads (gone_at);

CREATE INDEX presigned_uploads_project ON presigned_uploads (project_id);
