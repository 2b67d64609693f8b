-- depends: 0011.places

-- Links that were signed before that moment open nothing.
ALTER TABLE users ADD COLUMN links_since timestamptz;

-- Of recovery codes there are hashes; the app's secret is derived from the salt with a secret of the installation.
CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    salt text NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint,
    recovery_hashes jsonb NOT NULL
);

-- Codes that sign in once, instead of the password.
CREATE TABLE sign_in_codes (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    hash text NOT NULL UNIQUE,
    expires_at timestamptz NOT NULL
);

UPDATE schema_info SET version = 11;
