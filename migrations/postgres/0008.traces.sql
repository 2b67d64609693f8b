-- depends: 0007.inbox

-- What queued the job, as a W3C traceparent: whoever does it goes on with the same trace.
ALTER TABLE jobs ADD COLUMN trace text;

UPDATE schema_info SET version = 7;
