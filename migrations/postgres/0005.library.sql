-- depends: 0004.lifecycle

-- Entities as they are. No id is ever given twice.
CREATE TABLE entities (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    is_collection boolean NOT NULL,
    label text NOT NULL,
    description text,
    folded text NOT NULL,
    parent_id bigint REFERENCES entities (id),
    is_deleted boolean NOT NULL,
    version integer NOT NULL,
    file_id uuid REFERENCES files (id) ON DELETE SET NULL,
    md5 text,
    added_by text,
    updated_by text,
    added_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE INDEX entities_parent ON entities (parent_id, id);

CREATE INDEX entities_file ON entities (file_id) WHERE file_id IS NOT NULL;

-- Entities as they were, and as they are: each change adds a row, and its number is that of the change. Past parents may
-- be gone.
CREATE TABLE entity_versions (
    transaction_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entity_id bigint NOT NULL REFERENCES entities (id) ON DELETE CASCADE,
    is_collection boolean NOT NULL,
    label text NOT NULL,
    description text,
    folded text NOT NULL,
    parent_id bigint,
    is_deleted boolean NOT NULL,
    version integer NOT NULL,
    file_id uuid REFERENCES files (id) ON DELETE SET NULL,
    md5 text,
    added_by text,
    updated_by text,
    added_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX entity_versions_entity ON entity_versions (entity_id, version);

CREATE INDEX entity_versions_version ON entity_versions (version, entity_id);

CREATE INDEX entity_versions_md5 ON entity_versions (md5) WHERE md5 IS NOT NULL;

CREATE INDEX entity_versions_file ON entity_versions (file_id) WHERE file_id IS NOT NULL;

UPDATE schema_info SET version = 4;
