UPDATE schema_info SET version = 10;

DROP TABLE sign_in_codes;

DROP TABLE second_factors;

ALTER TABLE users DROP COLUMN links_since;
