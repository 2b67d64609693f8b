UPDATE schema_info SET version = 5;

DROP TABLE personal_projects;

DROP TABLE presigned_uploads;
