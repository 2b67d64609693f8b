-- depends: 0008.traces

-- An announced upload outlives its project: its link stays good, and what is sent by it must be found and taken away.
ALTER TABLE presigned_uploads DROP CONSTRAINT presigned_uploads_project_id_fkey;

-- Those that room is kept free for.
CREATE INDEX presigned_uploads_waiting ON presigned_uploads (project_id)
    WHERE completed_at IS NULL AND file_id IS NULL;

UPDATE schema_info SET version = 8;
