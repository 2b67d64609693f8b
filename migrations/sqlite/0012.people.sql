-- depends: 0011.places

-- Links that were signed before that moment open nothing.
ALTER TABLE users ADD COLUMN links_since INTEGER;

-- Of recovery codes there are hashes; the app's secret is derived from the salt with a secret of the installation.
CREATE TABLE second_factors (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    salt TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_step INTEGER,
    recovery_hashes TEXT NOT NULL
) STRICT;

-- Codes that sign in once, instead of the password.
CREATE TABLE sign_in_codes (
    user_id TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash TEXT NOT NULL UNIQUE,
    expires_at INTEGER NOT NULL
) STRICT;

UPDATE schema_info SET version = 11;
