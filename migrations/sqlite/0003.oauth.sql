-- depends: 0002.indexes

-- Sign-ins that were begun and whose person is at a provider; each row is deleted by whoever takes it.
CREATE TABLE oauth_states (
    state_hash TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    nonce TEXT NOT NULL,
    code_verifier TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX oauth_states_expires ON oauth_states (expires_at);

CREATE TABLE linked_identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    linked_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT;

CREATE INDEX linked_identities_user ON linked_identities (user_id);

UPDATE schema_info SET version = 2;
