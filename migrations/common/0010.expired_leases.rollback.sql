DROP INDEX jobs_leased;

UPDATE schema_info SET version = 8;
