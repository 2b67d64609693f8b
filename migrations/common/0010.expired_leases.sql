-- depends: 0009.leaving

-- What was begun and not ended within its lease, which is claimed first.
CREATE INDEX jobs_leased ON jobs (due_at, id) WHERE lease_token IS NOT NULL;

UPDATE schema_info SET version = 9;
