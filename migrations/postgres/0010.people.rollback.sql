UPDATE schema_info SET version = 8;

ALTER TABLE users DROP COLUMN links_since;
