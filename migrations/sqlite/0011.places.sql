-- depends: 0010.expired_leases

-- Whether it is known what strangers may get of a file: itself, or a copy that tells no place.
ALTER TABLE files ADD COLUMN screened INTEGER NOT NULL DEFAULT 0;

UPDATE schema_info SET version = 10;
