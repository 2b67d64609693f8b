UPDATE schema_info SET version = 6;

ALTER TABLE jobs DROP COLUMN trace;
