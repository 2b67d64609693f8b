-- depends: 0002.indexes

-- Sign-ins that were begun and whose person is at a provider; each row is deleted by whoever takes it.
CREATE TABLE oauth_states (
    state_hash text PRIMARY KEY,
    provider text NOT NULL,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    redirect_uri text NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE INDEX oauth_states_expires ON oauth_states (expires_at);

CREATE TABLE linked_identities (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider text NOT NULL,
    linked_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE INDEX linked_identities_user ON linked_identities (user_id);

UPDATE schema_info SET version = 2;
