UPDATE schema_info SET version = 2;

DROP INDEX jobs_status;

DELETE FROM jobs WHERE project_id NOT IN (SELECT id FROM projects);

ALTER TABLE jobs ADD CONSTRAINT jobs_project_id_fkey
    FOREIGN KEY (project_id) REFERENCES projects (id) ON DELETE CASCADE;

DROP INDEX events_at;

DROP INDEX events_order;

ALTER TABLE events DROP COLUMN xid;

DROP INDEX events_job;

DROP INDEX files_walk;

DROP INDEX files_created;

CREATE INDEX files_created ON files (created_at, id);

DROP INDEX files_size;

DROP INDEX files_name;

ALTER TABLE files ALTER COLUMN filename_folded TYPE text COLLATE "default";

DROP INDEX files_sha256;

DROP INDEX files_pending;

DROP INDEX projects_binned;

ALTER TABLE projects DROP COLUMN erasing_at;

DROP TABLE replays;

DROP TABLE usage;

DROP TABLE former_keys;
