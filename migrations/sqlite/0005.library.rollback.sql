UPDATE schema_info SET version = 3;

DROP TABLE entity_versions;

DROP TABLE entities;
