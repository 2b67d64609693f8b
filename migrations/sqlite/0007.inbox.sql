-- depends: 0006.ingest

-- Uploads that were announced, and what became of them; the link of each is good until `expires_at`.
CREATE TABLE presigned_uploads (
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

CREATE INDEX presigned_uploads_gone ON presigned_uploads (gone_at);

CREATE INDEX presigned_uploads_project ON presigned_uploads (project_id);

-- Everybody's own project, of which there is one.
CREATE TABLE personal_projects (
    user_id TEXT PRIMARY KEY,
    project_id TEXT NOT NULL REFERENCES projects (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX personal_projects_project ON personal_projects (project_id);

UPDATE schema_info SET version = 6;
