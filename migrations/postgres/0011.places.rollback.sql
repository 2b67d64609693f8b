UPDATE schema_info SET version = 9;

ALTER TABLE files DROP COLUMN screened;
