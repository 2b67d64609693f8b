-- depends: 0004.lifecycle

-- Entities as they are. No id is ever given twice.
CREATE TABLE entities (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    is_collection INTEGER NOT NULL,
    label TEXT NOT NULL,
    description TEXT,
    folded TEXT NOT NULL,
    parent_id INTEGER REFERENCES entities (id),
    is_deleted INTEGER NOT NULL,
    version INTEGER NOT NULL,
    file_id TEXT REFERENCES files (id) ON DELETE SET NULL,
    md5 TEXT,
    added_by TEXT,
    updated_by TEXT,
    added_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX entities_parent ON entities (parent_id, id);

CREATE INDEX entities_file ON entities (file_id) WHERE file_id IS NOT NULL;

-- Entities as they were, and as they are: each change adds a row, and its number is that of the change. Past parents may
-- be gone.
CREATE TABLE entity_versions (
    transaction_id INTEGER PRIMARY KEY AUTOINCREMENT,
    entity_id INTEGER NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    is_collection INTEGER NOT NULL,
    label TEXT NOT NULL,
    description TEXT,
    folded TEXT NOT NULL,
    parent_id INTEGER,
    is_deleted INTEGER NOT NULL,
    version INTEGER NOT NULL,
    file_id TEXT REFERENCES files (id) ON DELETE SET NULL,
    md5 TEXT,
    added_by TEXT,
    updated_by TEXT,
    added_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX entity_versions_entity ON entity_versions (entity_id, version);

CREATE INDEX entity_versions_version ON entity_versions (version, entity_id);

CREATE INDEX entity_versions_md5 ON entity_versions (md5) WHERE md5 IS NOT NULL;

CREATE INDEX entity_versions_file ON entity_versions (file_id) WHERE file_id IS NOT NULL;

UPDATE schema_info SET version = 4;
