-- depends: 0009.leaving

-- Links that were signed before that moment open nothing.
ALTER TABLE users ADD COLUMN links_since timestamptz;

UPDATE schema_info SET version = 9;
