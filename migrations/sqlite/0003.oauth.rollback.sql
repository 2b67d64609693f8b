UPDATE schema_info SET version = 1;

DROP TABLE linked_identities;

DROP TABLE oauth_states;
