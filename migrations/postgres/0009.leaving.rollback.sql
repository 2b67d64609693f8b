UPDATE schema_info SET version = 7;

DROP INDEX presigned_uploads_waiting;

DELETE FROM presigned_uploads WHERE project_id NOT IN (SELECT id FROM projects);

ALTER TABLE presigned_uploads ADD CONSTRAINT presigned_uploads_project_id_fkey
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE;
