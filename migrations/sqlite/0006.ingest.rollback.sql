UPDATE schema_info SET version = 4;

DROP TABLE ingested;
