-- depends: 0006.ingest

-- Uploads that were announced, and what became of them; the link of each is good until `expires_at`.
CREATE TABLE presigned_uploads (
    id uuid PRIMARY KEY,
    owner_id uuid NOT NULL,
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    filename text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    gone_at timestamptz NOT NULL,
    sha256 text,
    etag text,
    file_id uuid,
    file_key text,
    pinned_at timestamptz,
    status text,
    completed_at timestamptz
);

CREATE INDEX presigned_uploads_gone ON presigned_uploads (gone_at);

CREATE INDEX presigned_uploads_project ON presigned_uploads (project_id);

-- Everybody's own project, of which there is one.
CREATE TABLE personal_projects (
    user_id uuid PRIMARY KEY,
    project_id uuid NOT NULL REFERENCES projects (id) ON DELETE CASCADE
);

CREATE INDEX personal_projects_project ON personal_projects (project_id);

UPDATE schema_info SET version = 6;
